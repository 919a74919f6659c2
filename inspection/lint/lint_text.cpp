// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nava/schema/ascii_case.hpp>

#include "inspection/lint/lint_rules.hpp"

namespace nava::inspection::linting {
namespace {

void spell_columns(std::vector<std::string>& columns, const catalog_table& table) {
  for (std::string& column : columns)
    for (const auto& known : table.columns)
      if (schema::are_same_but_for_case(column, known.name)) column = known.name;
}

void spell_key(catalog_foreign_key& key, const std::vector<catalog_table>& tables) {
  for (const auto& target : tables) {
    if (!schema::are_same_but_for_case(key.target_table, target.name)) continue;
    key.target_schema = target.schema;
    key.target_table = target.name;
    if (key.target_columns.empty() && !target.indexes.empty() &&
        target.indexes.front().what == catalog_index::kind::primary_key)
      key.target_columns = target.indexes.front().columns;
    spell_columns(key.target_columns, target);
  }
}

}  // namespace

catalog spelled_alike(const catalog& database) {
  catalog alike = database;
  if (database.what != dialect::sqlite) return alike;
  for (auto& table : alike.tables) {
    for (auto& index : table.indexes) spell_columns(index.columns, table);
    for (auto& key : table.foreign_keys) {
      spell_columns(key.columns, table);
      spell_key(key, alike.tables);
    }
  }
  return alike;
}

std::string joined(const std::vector<std::string>& items, std::string_view separator) {
  return fmt::format("{}", fmt::join(items, separator));
}

std::string listed(const std::vector<std::string>& items, std::string_view separator) {
  if (items.size() <= listed_max) return joined(items, separator);
  const auto end = items.begin() + static_cast<std::ptrdiff_t>(listed_max);
  return fmt::format("{} and {} more", fmt::join(items.begin(), end, separator),
                     items.size() - listed_max);
}

std::string name_of(const catalog_table& table) {
  return fmt::format("{}.{}", table.schema, table.name);
}

std::string name_of(const catalog_table& table, std::string_view part) {
  return fmt::format("{}.{}.{}", table.schema, table.name, part);
}

std::string name_of(const catalog_table& table, const catalog_foreign_key& key) {
  return name_of(table,
                 key.name.empty() ? fmt::format("({})", joined(key.columns, ", ")) : key.name);
}

std::string described(const catalog_foreign_key& key) {
  return fmt::format("{}{}({})", key.name, key.name.empty() ? "" : " ", joined(key.columns, ", "));
}

std::string target_of(const catalog_foreign_key& key) {
  return fmt::format("{}.{}", key.target_schema, key.target_table);
}

std::string quoted(const catalog_table& table) {
  return fmt::format("{}.{}", schema::quoted(table.schema), schema::quoted(table.name));
}

const catalog_column* find_column(const catalog_table& table, std::string_view name) {
  const auto found = std::find_if(table.columns.begin(), table.columns.end(),
                                  [&](const catalog_column& each) { return each.name == name; });
  return found == table.columns.end() ? nullptr : &*found;
}

bool same_names(std::vector<std::string> one, std::vector<std::string> other) {
  std::sort(one.begin(), one.end());
  std::sort(other.begin(), other.end());
  return one == other;
}

}  // namespace nava::inspection::linting
