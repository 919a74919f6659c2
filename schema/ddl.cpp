// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <set>
#include <stdexcept>
#include <vector>

#include "schema/ddl_parts.hpp"

namespace nava::schema {

using namespace detail;

namespace {

using table_set = std::set<std::string_view>;

// SQLite accepts a key to a table that does not exist yet, and cannot add a key later.
bool waits_for_its_target(const foreign_key_description& key, const table_set& made,
                          dialect dialect) {
  return dialect != dialect::sqlite && !made.contains(key.target_table);
}

std::string create_table(const table_description& table, const table_set& made, dialect dialect) {
  std::vector<std::string> lines = table_lines(table, dialect);
  for (const auto& key : table.foreign_keys)
    if (!waits_for_its_target(key, made, dialect)) lines.push_back(foreign_key_line(key, dialect));
  std::string statements = fmt::format("CREATE TABLE {} (\n  {}\n){};\n", quoted(table.name),
                                       fmt::join(lines, ",\n  "), table_options(table, dialect));
  for (const auto& index : table.indexes)
    if (!stands_in_table(index)) statements += create_index(table, index) + '\n';
  if (!table.partition_column.empty())
    statements += create_partition(table, default_partition(table.name), "DEFAULT") + '\n';
  return statements;
}

// The target tables that the schema does not list. They exist already: an application's keys lead
// to Nava's tables.
table_set tables_outside(const database_description& database) {
  table_set outside;
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys) outside.insert(key.target_table);
  for (const auto& table : database.tables) outside.erase(table.name);
  return outside;
}

void refuse_undistributable(const database_description& database) {
  const auto culprits = undistributable(database);
  if (culprits.empty()) return;
  throw std::invalid_argument{fmt::format(
      "{} of table {} cannot be distributed by workflow; distributed_workflow_database<…> says why",
      culprits[0].view(), culprits[1].view())};
}

// A unique key of the root as a table of its own, distributed by its own first column.
std::string create_key_table(const table_description& root, const index_description& key) {
  const std::string name{key_table_name(key)};
  std::string columns;
  for (const auto& column : root.columns)
    if (std::find(key.columns.begin(), key.columns.end(), column.name) != key.columns.end())
      columns += fmt::format("  {},\n", column_line(column, dialect::distributed));
  return fmt::format(
      "CREATE TABLE {0} (\n{1}  \"workflow_id\" uuid NOT NULL,\n  CONSTRAINT {2} PRIMARY KEY "
      "({3})\n);\nSELECT create_distributed_table('{0}', '{4}', colocate_with => 'none');\n",
      quoted(name), columns, quoted("pk_" + name), quoted_list(key.columns), key.columns.front());
}

std::string distribute(const table_description& table) {
  const auto column = distribution_column(table);
  if (column.empty())
    return fmt::format("SELECT create_reference_table('{}');\n", quoted(table.name));
  const bool is_root = table.name == root_table;
  std::string statements =
      fmt::format("SELECT create_distributed_table('{}', '{}', colocate_with => '{}');\n",
                  quoted(table.name), column, is_root ? "none" : quoted(root_table));
  for (const auto& index : table.indexes)
    if (becomes_a_table(table, index)) statements += create_key_table(table, index);
  return statements;
}

}  // namespace

std::string_view to_text(referential_action action) {
  switch (action) {
    case referential_action::no_action:
      return "NO ACTION";
    case referential_action::restrict:
      return "RESTRICT";
    case referential_action::cascade:
      return "CASCADE";
    case referential_action::set_null:
      return "SET NULL";
    case referential_action::set_default:
      return "SET DEFAULT";
  }
  return {};
}

std::string quoted(std::string_view identifier) {
  std::string text{"\""};
  for (const char c : identifier) text.append(c == '"' ? 2 : 1, c);
  return text += '"';
}

std::string quoted_list(name_list columns) {
  std::string list;
  for (const std::string_view column : columns)
    list.append(list.empty() ? "" : ", ").append(quoted(column));
  return list;
}

std::string type_name(const column_description& column, dialect dialect) {
  const bool postgresql = dialect != dialect::sqlite;
  switch (column.type) {
    case column_type::uuid:
      return postgresql ? "uuid" : "TEXT";
    case column_type::text:
      return postgresql ? "text" : "TEXT";
    case column_type::boolean:
      return postgresql ? "boolean" : "INTEGER";
    case column_type::integer:
      return postgresql ? "integer" : "INTEGER";
    case column_type::bigint:
      return postgresql ? "bigint" : "INTEGER";
    case column_type::real:
      return postgresql ? "double precision" : "REAL";
    case column_type::decimal:
      return postgresql
                 ? fmt::format("numeric({},{})", column.digits.precision, column.digits.scale)
                 : "INTEGER";
    case column_type::date:
      return postgresql ? "date" : "TEXT";
    case column_type::timestamp:
      return postgresql ? "timestamp with time zone" : "TEXT";
    case column_type::bytes:
      return postgresql ? "bytea" : "BLOB";
    case column_type::text_array:
      return postgresql ? "text[]" : "TEXT";
    case column_type::json:
      return postgresql ? "jsonb" : "TEXT";
  }
  return {};
}

std::string create_statements(const database_description& database, dialect dialect) {
  if (dialect == dialect::distributed) refuse_undistributable(database);
  std::string statements, afterwards;
  table_set made = tables_outside(database);
  for (const auto& table : database.tables) {
    made.insert(table.name);
    statements += create_table(table, made, dialect);
    for (const auto& key : table.foreign_keys)
      if (waits_for_its_target(key, made, dialect))
        afterwards += fmt::format("ALTER TABLE {} ADD {};\n", quoted(table.name),
                                  foreign_key_line(key, dialect));
    if (dialect == dialect::distributed) statements += distribute(table);
    if (dialect == dialect::sqlite)
      for (const auto& key : table.foreign_keys)
        if (!key.set_columns.empty()) afterwards += set_null_trigger(table, key).statement + '\n';
  }
  return statements + afterwards;
}

}  // namespace nava::schema
