// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/description.hpp>
#include <vector>

/// The graph that foreign keys make of the tables of a description. The rules search it at compile
/// time. lint() has a graph of its own (inspection/lint/lint_graph.hpp): it reads a catalog, whose
/// keys may lead to tables that are not there, and lists many ways where a rule needs one.
///
/// Pure; safe to use from any thread.
namespace nava::schema {

/// A foreign key between two tables, which are given by their places in the database.
struct key_edge {
  std::size_t from = 0;
  std::size_t to = 0;
  const foreign_key_description* key = nullptr;
};

/// Refers to the description that it is made of. A key to a table outside the database is no edge.
class key_graph {
 public:
  /// The graph of the keys for which `is_meant(table, key)` holds.
  template <class Predicate>
  constexpr key_graph(const database_description& database, Predicate is_meant) {
    const auto& tables = database.tables;
    std::vector<std::size_t> by_name;
    for (std::size_t i = 0; i < tables.size(); ++i) by_name.push_back(i);
    std::sort(by_name.begin(), by_name.end(),
              [&](std::size_t a, std::size_t b) { return tables[a].name < tables[b].name; });
    for (std::size_t from = 0; from < tables.size(); ++from) {
      first_.push_back(edges_.size());
      for (const auto& key : tables[from].foreign_keys) {
        if (!is_meant(tables[from], key)) continue;
        const auto to = std::lower_bound(
            by_name.begin(), by_name.end(), key.target_table,
            [&](std::size_t i, std::string_view target) { return tables[i].name < target; });
        if (to != by_name.end() && tables[*to].name == key.target_table)
          edges_.push_back({from, *to, &key});
      }
    }
    first_.push_back(edges_.size());
  }

  /// The graph of all keys.
  constexpr explicit key_graph(const database_description& database)
      : key_graph(database, [](const auto&, const auto&) { return true; }) {}

  /// The graph of the keys with this ON DELETE.
  constexpr key_graph(const database_description& database, referential_action on_delete)
      : key_graph(database,
                  [=](const auto&, const auto& key) { return key.on_delete == on_delete; }) {}

  /// All edges, in the order of tables and of their keys.
  [[nodiscard]] constexpr const std::vector<key_edge>& edges() const { return edges_; }

  /// A way from one table to another, or back to the same, of at least `keys_min` keys. Empty where
  /// there is none. It visits no table twice.
  [[nodiscard]] constexpr std::vector<key_edge> way(std::size_t from, std::size_t to,
                                                    std::size_t keys_min = 1) const {
    std::vector<key_edge> way;
    // Not std::vector<bool>, which libstdc++ 12 cannot make a constant of in clang.
    std::vector<char> seen(first_.size(), false);
    seen[from] = true;
    extend(from, to, keys_min, seen, way);
    return way;
  }

  /// For each table, whether keys lead from it to `target`; true for `target` itself.
  [[nodiscard]] constexpr std::vector<char> leading_to(std::size_t target) const {
    std::vector<char> leads(first_.size() - 1, false);
    leads[target] = true;
    for (bool grows = true; grows;) {
      grows = false;
      for (const key_edge& each : edges_)
        if (leads[each.to] && !leads[each.from]) leads[each.from] = grows = true;
    }
    return leads;
  }

 private:
  // Depth first. `seen` has the tables from which the search has gone on already.
  constexpr bool extend(std::size_t at, std::size_t to, std::size_t keys_min,
                        std::vector<char>& seen, std::vector<key_edge>& way) const {
    for (std::size_t i = first_[at]; i < first_[at + 1]; ++i) {
      const std::size_t next = edges_[i].to;
      const bool arrives = next == to && way.size() + 1 >= keys_min;
      if (!arrives && (seen[next] || next == to)) continue;
      seen[next] = true;
      way.push_back(edges_[i]);
      if (arrives || extend(next, to, keys_min, seen, way)) return true;
      way.pop_back();
    }
    return false;
  }

  std::vector<key_edge> edges_;
  std::vector<std::size_t> first_;  ///< of each table: the place of its first edge; then the end
};

}  // namespace nava::schema
