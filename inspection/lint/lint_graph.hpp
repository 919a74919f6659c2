// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <nava/inspection/catalog.hpp>
#include <string>
#include <vector>

/// The graph that foreign keys make of the tables of a catalog. It refers to the catalog. The rules
/// of a description have key_graph of schema/key_graph.hpp: its nodes are the described tables
/// alone, and it searches at compile time for one way, where lint() lists many.
namespace nava::inspection::linting {

using node = std::size_t;

struct edge {
  node from{};
  node to{};
  const catalog_table* table = nullptr;  ///< where the key stands
  const catalog_foreign_key* key = nullptr;
};

/// Foreign keys that each begin in the target of the key before.
using way = std::vector<const edge*>;

class key_graph {
 public:
  explicit key_graph(const catalog& database);

  /// The same tables with the keys for which `keep` holds.
  [[nodiscard]] key_graph only(const std::function<bool(const edge&)>& keep) const;

  [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
  [[nodiscard]] const std::vector<edge>& edges() const noexcept { return edges_; }
  /// The keys of a table, as places in edges().
  [[nodiscard]] const std::vector<std::size_t>& leaving(node at) const { return leaving_[at]; }
  /// `schema.table`
  [[nodiscard]] std::string name(node at) const;
  /// The table; null where a key leads to a table that the catalog does not have.
  [[nodiscard]] const catalog_table* table(node at) const { return nodes_[at].table; }

 private:
  struct place {
    std::string_view schema;
    std::string_view name;
    const catalog_table* table = nullptr;
  };

  key_graph() = default;
  void add(const edge& added);

  std::vector<place> nodes_;
  std::vector<edge> edges_;
  std::vector<std::vector<std::size_t>> leaving_;
};

/// Two tables and ways from one to the other. For each way there is another that shares no table on
/// the way with it and may lead to another row.
struct crossing {
  node from{};
  node to{};
  std::vector<way> ways;  ///< the shortest first
};

struct crossings {
  std::vector<crossing> found;
  std::vector<node> unfinished;  ///< tables with more ways than were looked at
};

inline constexpr std::size_t ways_of_a_table_max = 4'000;
inline constexpr std::size_t ways_to_a_table_max = 64;

/// Every pair of tables with several ways of at most `keys_max` keys from one to the other. Without
/// pairs whose ways all lead over one table, since that table makes a pair already. Without ways
/// that carry the same columns, since they lead to the same row.
[[nodiscard]] crossings find_crossings(const key_graph& graph, std::size_t keys_max);

/// Groups of two or more tables in which keys lead from each to every other (the strongly
/// connected components), by their first table.
[[nodiscard]] std::vector<std::vector<node>> find_rings(const key_graph& graph);

/// A shortest way from `start`, which lies in a ring, back to `start`.
[[nodiscard]] way shortest_round(const key_graph& graph, node start);

}  // namespace nava::inspection::linting
