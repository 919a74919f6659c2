// SPDX-License-Identifier: Apache-2.0
#include "support/catalogs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/name_rules.hpp>

namespace nava::test {
namespace {

using namespace schema;
using namespace inspection;

std::vector<std::string> copied(name_list names) { return {names.begin(), names.end()}; }

std::string printed(const column_description& column, const check_description& check,
                    dialect dialect) {
  if (dialect == dialect::sqlite) return check.expression;
  if (column.values.size() == 1)
    return fmt::format("({} = '{}'::text)", column.name, column.values.front());
  std::vector<std::string> values;
  for (const std::string_view value : column.values)
    values.push_back(fmt::format("'{}'::text", value));
  return fmt::format("({} = ANY (ARRAY[{}]))", column.name, fmt::join(values, ", "));
}

catalog_index made(const index_description& index) {
  using kind = catalog_index::kind;
  catalog_index live;
  live.name = index.name;
  live.columns = copied(index.columns);
  live.where = index.where;
  live.descending = index.descending;
  if (index.what == index_description::kind::primary_key)
    live.what = kind::primary_key;
  else if (index.what == index_description::kind::index)
    live.what = kind::index;
  else
    live.what = rules::is_constraint(index) ? kind::unique_constraint : kind::unique_index;
  return live;
}

catalog_foreign_key made(const foreign_key_description& key, std::string_view schema) {
  catalog_foreign_key live;
  live.name = key.name;
  live.columns = copied(key.columns);
  live.target_schema = schema;
  live.target_table = key.target_table;
  live.target_columns = copied(key.target_columns);
  live.on_delete = key.on_delete;
  live.on_update = key.on_update;
  live.set_columns = copied(key.set_columns);
  live.deferrable = key.checked != enforcement::immediate;
  live.initially_deferred = key.checked == enforcement::deferred;
  return live;
}

catalog_table made(const table_description& table, dialect dialect, std::string_view schema) {
  catalog_table live;
  live.schema = schema;
  live.name = table.name;
  for (const auto& column : table.columns) {
    auto& made = live.columns.emplace_back();
    made.name = column.name;
    made.type = type_name(column, dialect);
    made.nullable = column.nullable;
    made.default_expression = default_expression(column, dialect);
    if (column.identity) made.generated = "BY DEFAULT";
  }
  for (const auto& index : table.indexes) live.indexes.push_back(made(index));
  for (const auto& check : checks_of(table, dialect)) {
    const auto column = std::find_if(table.columns.begin(), table.columns.end(),
                                     [&](const auto& each) { return each.name == check.column; });
    live.checks.push_back({check.name, column == table.columns.end()
                                           ? check.expression
                                           : printed(*column, check, dialect)});
  }
  for (const auto& key : table.foreign_keys) live.foreign_keys.push_back(made(key, schema));
  live.strict = live.without_rowid = dialect == dialect::sqlite;
  if (dialect == dialect::sqlite) return live;
  live.fillfactor = table.fillfactor;
  for (const auto& each : table.storage)
    live.storage.push_back({std::string{each.name}, std::string{each.value}});
  return live;
}

}  // namespace

catalog catalog_of(const database_description& description, dialect dialect,
                   std::string_view schema) {
  catalog live;
  live.what = dialect;
  for (const auto& table : description.tables) live.tables.push_back(made(table, dialect, schema));
  return live;
}

}  // namespace nava::test
