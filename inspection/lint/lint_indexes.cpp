// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nava/schema/ascii_case.hpp>
#include <nava/schema/key_rules.hpp>
#include <set>

#include "inspection/lint/lint_rules.hpp"

namespace nava::inspection::linting {
namespace {

std::string scaled(std::int64_t count, double step, const std::array<std::string_view, 5>& units) {
  double value = static_cast<double>(count);
  std::size_t unit = 0;
  for (; value >= step && unit + 1 < units.size(); ++unit) value /= step;
  return unit == 0 || value >= 10 ? fmt::format("{:.0f}{}", value, units[unit])
                                  : fmt::format("{:.1f}{}", value, units[unit]);
}

std::string size_text(const catalog_table& table) {
  std::string text;
  if (table.rows_estimate >= 0)
    text = fmt::format(
        ", about {} rows",
        scaled(table.rows_estimate, 1000, {"", " thousand", " million", " billion", " trillion"}));
  if (table.bytes_estimate >= 0)
    text += fmt::format(", {}",
                        scaled(table.bytes_estimate, 1024, {" bytes", " kB", " MB", " GB", " TB"}));
  return text;
}

// Chooses names of indexes that no table or index of their schema has.
class index_names {
 public:
  explicit index_names(const catalog& database) {
    for (const auto& table : database.tables) {
      taken_.emplace(table.schema, table.name);
      for (const auto& index : table.indexes) taken_.emplace(table.schema, index.name);
    }
    for (const auto& view : database.views) taken_.emplace(view.schema, view.name);
    for (const auto& name : database.taken_names) taken_.emplace(name.schema, name.name);
  }

  std::string make(const catalog_table& table, const std::vector<std::string>& columns) {
    const std::string wanted = fmt::format("ix_{}_{}", table.name, joined(columns, "_"));
    std::string name = cut(wanted, "");
    for (std::size_t i = 2; !taken_.emplace(table.schema, name).second; ++i)
      name = cut(wanted, fmt::format("_{}", i));
    return name;
  }

 private:
  // Cuts between characters of UTF-8, whose later bytes are 10xxxxxx.
  static std::string cut(std::string text, std::string_view ending) {
    std::size_t bytes = std::min(text.size(), rules::identifier_bytes_max - ending.size());
    while (bytes > 0 && bytes < text.size() &&
           (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80)
      --bytes;
    return text.substr(0, bytes).append(ending);
  }

  std::set<std::pair<std::string, std::string>> taken_;
};

// The column, with a COLLATE where the index would not have the collation in which the database
// compares.
std::string indexed_column(const subject& subject, const catalog_table& table,
                           const catalog_foreign_key& key, std::size_t place) {
  const std::string name = schema::quoted(key.columns[place]);
  const std::string wanted = compared_in(subject.database, key, place);
  if (subject.postgresql()) return wanted.empty() ? name : name + " COLLATE " + wanted;
  const catalog_column* column = find_column(table, key.columns[place]);
  return column == nullptr || schema::are_same_but_for_case(column->collation, wanted)
             ? name
             : name + " COLLATE " + schema::quoted(wanted.empty() ? "BINARY" : wanted);
}

std::vector<std::string> indexed_columns(const subject& subject, const catalog_table& table,
                                         const catalog_foreign_key& key) {
  std::vector<std::string> columns;
  for (std::size_t i = 0; i < key.columns.size(); ++i)
    columns.push_back(indexed_column(subject, table, key, i));
  return columns;
}

std::string create_index(const subject& subject, const catalog_table& table,
                         const std::string& name, const std::vector<std::string>& columns,
                         bool is_made_before) {
  const std::string concurrently =
      subject.postgresql() && table.what != catalog_table::kind::partitioned ? "CONCURRENTLY " : "";
  return fmt::format("CREATE INDEX {}{}{} ON {} ({});", concurrently,
                     is_made_before ? "IF NOT EXISTS " : "", schema::quoted(name),
                     subject.postgresql() ? quoted(table) : schema::quoted(table.name),
                     joined(columns, ", "));
}

// A failed REINDEX CONCURRENTLY leaves an index of such a name, which is of no use.
bool is_left_over(std::string_view name) {
  while (!name.empty() && name.back() >= '0' && name.back() <= '9') name.remove_suffix(1);
  return name.ends_with("_ccnew") || name.ends_with("_ccold");
}

// The invalid index that serves the key once it is rebuilt. A unique index is left out: duplicate
// rows may have made it invalid, and would do so again.
const catalog_index* index_to_rebuild(const subject& subject, const catalog_table& table,
                                      const catalog_foreign_key& key) {
  if (table.what == catalog_table::kind::partitioned) return nullptr;
  for (const auto& index : table.indexes) {
    if (index.valid || is_left_over(index.name) || index.what != catalog_index::kind::index)
      continue;
    catalog_index rebuilt = index;
    rebuilt.valid = true;
    if (serves(subject.database, rebuilt, key)) return &index;
  }
  return nullptr;
}

}  // namespace

void foreign_key_without_index(const subject& subject, reporter& report) {
  index_names names{subject.database};
  for (const auto& table : subject.database.tables) {
    std::map<std::vector<std::string>, std::string> made;
    for (const auto& key : table.foreign_keys) {
      const bool covered =
          std::any_of(table.indexes.begin(), table.indexes.end(),
                      [&](const auto& index) { return serves(subject.database, index, key); });
      if (covered) continue;
      if (const catalog_index* rebuilt = index_to_rebuild(subject, table, key)) {
        report(name_of(table, key),
               fmt::format("the only index that begins with ({}), {}, is invalid: a delete in {} "
                           "reads this whole table{}; rebuild it (invalid-index)",
                           joined(key.columns, ", "), rebuilt->name, target_of(key),
                           size_text(table)));
        continue;
      }
      const auto columns = indexed_columns(subject, table, key);
      auto sorted = columns;
      std::sort(sorted.begin(), sorted.end());
      std::string& name = made[sorted];
      const bool is_made_before = !name.empty();
      if (!is_made_before) name = names.make(table, key.columns);
      report(name_of(table, key),
             fmt::format("no index begins with ({}): a delete in {} reads this whole table{}{}",
                         joined(key.columns, ", "), target_of(key), size_text(table),
                         table.what == catalog_table::kind::partitioned
                             ? "; it is partitioned, so make one on each partition concurrently "
                               "before this one"
                             : ""),
             create_index(subject, table, name, columns, is_made_before));
    }
  }
}

void invalid_index(const subject& subject, reporter& report) {
  for (const auto& table : subject.database.tables)
    for (const auto& index : table.indexes) {
      if (index.valid) continue;
      const std::string object = name_of(table, index.name);
      const std::string name =
          fmt::format("{}.{}", schema::quoted(table.schema), schema::quoted(index.name));
      if (table.what == catalog_table::kind::partitioned)
        report(object, "no query uses it until every partition has an index attached to it");
      else if (is_left_over(index.name))
        report(object,
               "left by a REINDEX CONCURRENTLY that failed: each write pays, no query gains",
               fmt::format("DROP INDEX CONCURRENTLY {};", name));
      else
        report(object,
               "left by a CREATE INDEX CONCURRENTLY that failed: each write pays, no query "
               "gains",
               fmt::format("REINDEX INDEX CONCURRENTLY {};", name));
    }
}

}  // namespace nava::inspection::linting
