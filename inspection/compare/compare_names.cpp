// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/schema/ascii_case.hpp>

#include "inspection/compare/comparing.hpp"

namespace nava::inspection::detail {
namespace {

void spell(std::string& name, std::string_view spelling) {
  if (schema::are_same_but_for_case(name, spelling)) name = spelling;
}

void spell_one_of(std::string& name, const auto& all) {
  for (const auto& described : all) spell(name, described.name);
}

void spell_columns(std::vector<std::string>& names, const table_description& table) {
  for (std::string& name : names) spell_one_of(name, table.columns);
}

void spell_foreign_key(catalog_foreign_key& key, const table_description& table,
                       const database_description& expected) {
  spell_one_of(key.name, table.foreign_keys);
  spell_columns(key.columns, table);
  for (const auto& target : expected.tables) {
    if (!schema::are_same_but_for_case(key.target_table, target.name)) continue;
    key.target_table = target.name;
    spell_columns(key.target_columns, target);
  }
}

void spell_parts(catalog_table& live, const table_description& table,
                 const database_description& expected) {
  for (auto& column : live.columns) spell_one_of(column.name, table.columns);
  for (auto& index : live.indexes) {
    spell_one_of(index.name, table.indexes);
    spell_columns(index.columns, table);
  }
  const auto checks = checks_of(table, dialect::sqlite);
  for (auto& check : live.checks) spell_one_of(check.name, checks);
  for (auto& key : live.foreign_keys) spell_foreign_key(key, table, expected);
}

}  // namespace

catalog spelled_as_described(catalog live, const database_description& expected,
                             std::span<const std::string_view> known) {
  if (live.what != dialect::sqlite) return live;
  for (auto& view : live.views) spell_one_of(view.name, expected.tables);
  for (auto& table : live.tables) {
    for (const std::string_view name : known) spell(table.name, name);
    for (const auto& described : expected.tables) {
      if (!schema::are_same_but_for_case(table.name, described.name)) continue;
      table.name = described.name;
      spell_parts(table, described, expected);
    }
  }
  return live;
}

}  // namespace nava::inspection::detail
