// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_rules.hpp>
#include <set>
#include <stdexcept>
#include <vector>

namespace nava::schema {
namespace {

using table_set = std::set<std::string_view>;

std::string column_line(const column_description& column, dialect dialect) {
  return fmt::format("{} {}{}", quoted(column.name), type_name(column.type, dialect),
                     column.nullable ? "" : " NOT NULL");
}

std::string values_check(const table_description& table, const column_description& column) {
  std::string values;
  for (const std::string_view value : column.values)
    fmt::format_to(std::back_inserter(values), "{}'{}'", values.empty() ? "" : ", ", value);
  return fmt::format("CONSTRAINT \"ck_{}_{}\" CHECK ({} IN ({}))", table.name, column.name,
                     quoted(column.name), values);
}

// SQLite checks neither of these by type. json_valid(NULL) is 0, not NULL.
std::string sqlite_form_check(const table_description& table, const column_description& column) {
  const std::string name = quoted(column.name);
  std::string condition = column.type == column_type::json ? fmt::format("json_valid({})", name)
                                                           : fmt::format("{} IN (0, 1)", name);
  if (column.nullable) condition = fmt::format("{} IS NULL OR {}", name, condition);
  return fmt::format("CONSTRAINT \"ck_{}_{}\" CHECK ({})", table.name, column.name, condition);
}

std::string key_line(const index_description& index) {
  const bool primary = index.what == index_description::kind::primary_key;
  return fmt::format("CONSTRAINT {} {} ({})", quoted(index.name),
                     primary ? "PRIMARY KEY" : "UNIQUE", quoted_list(index.columns));
}

std::string foreign_key_line(const foreign_key_description& key, dialect dialect) {
  // A distributed server refuses to cascade a change of the column it distributes by.
  const auto on_update =
      dialect == dialect::distributed ? referential_action::no_action : key.on_update;
  return fmt::format("CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
                     quoted(key.name), quoted_list(key.columns), quoted(key.target_table),
                     quoted_list(key.target_columns), to_text(key.on_delete), to_text(on_update));
}

// SQLite takes a key to a table that is not there yet, and cannot add one later.
bool waits_for_its_target(const foreign_key_description& key, const table_set& made,
                          dialect dialect) {
  return dialect != dialect::sqlite && !made.contains(key.target_table);
}

bool stands_in_table(const index_description& index) {
  return index.what != index_description::kind::index && index.where.empty();
}

bool is_made_apart(const table_description& table, const index_description& index,
                   dialect dialect) {
  return dialect == dialect::distributed && becomes_a_table(table, index);
}

std::vector<std::string> table_lines(const table_description& table, const table_set& made,
                                     dialect dialect) {
  std::vector<std::string> lines;
  for (const auto& column : table.columns) lines.push_back(column_line(column, dialect));
  for (const auto& index : table.indexes)
    if (stands_in_table(index) && !is_made_apart(table, index, dialect))
      lines.push_back(key_line(index));
  for (const auto& column : table.columns) {
    if (!column.values.empty())
      lines.push_back(values_check(table, column));
    else if (dialect == dialect::sqlite &&
             (column.type == column_type::json || column.type == column_type::boolean))
      lines.push_back(sqlite_form_check(table, column));
  }
  for (const auto& key : table.foreign_keys)
    if (!waits_for_its_target(key, made, dialect)) lines.push_back(foreign_key_line(key, dialect));
  return lines;
}

std::string table_options(const table_description& table, dialect dialect) {
  if (dialect == dialect::sqlite) return " STRICT, WITHOUT ROWID";
  if (table.fillfactor == 100) return {};
  return fmt::format(" WITH (fillfactor = {})", table.fillfactor);
}

std::string create_index(const table_description& table, const index_description& index) {
  const bool unique = index.what == index_description::kind::unique;
  return fmt::format("CREATE {}INDEX {} ON {} ({}){};\n", unique ? "UNIQUE " : "",
                     quoted(index.name), quoted(table.name), quoted_list(index.columns),
                     index.where.empty() ? "" : fmt::format(" WHERE {}", index.where));
}

std::string create_table(const table_description& table, const table_set& made, dialect dialect) {
  std::string statements = fmt::format("CREATE TABLE {} (\n  {}\n){};\n", quoted(table.name),
                                       fmt::join(table_lines(table, made, dialect), ",\n  "),
                                       table_options(table, dialect));
  for (const auto& index : table.indexes)
    if (!stands_in_table(index)) statements += create_index(table, index);
  return statements;
}

// Keys may lead to tables that are there already: those of Nava, from an application's.
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

std::string key_table_name(const index_description& key) {
  constexpr std::string_view prefix = "uq_";
  const std::string_view name = key.name;
  return std::string{name.starts_with(prefix) ? name.substr(prefix.size()) : name};
}

// A unique key of the root as a table of its own, distributed by its own first column.
std::string create_key_table(const table_description& root, const index_description& key) {
  const std::string name = key_table_name(key);
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

std::string_view type_name(column_type type, dialect dialect) {
  const bool postgresql = dialect != dialect::sqlite;
  switch (type) {
    case column_type::uuid:
      return postgresql ? "uuid" : "TEXT";
    case column_type::text:
      return postgresql ? "text" : "TEXT";
    case column_type::boolean:
      return postgresql ? "boolean" : "INTEGER";
    case column_type::bigint:
      return postgresql ? "bigint" : "INTEGER";
    case column_type::real:
      return postgresql ? "double precision" : "REAL";
    case column_type::timestamp:
      return postgresql ? "timestamp with time zone" : "TEXT";
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
  }
  return statements + afterwards;
}

}  // namespace nava::schema
