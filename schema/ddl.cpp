// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <iterator>
#include <nava/schema/ddl.hpp>
#include <vector>

namespace nava::schema {
namespace {

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

std::string foreign_key_line(const foreign_key_description& key) {
  return fmt::format("CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {} ON UPDATE {}",
                     quoted(key.name), quoted_list(key.columns), quoted(key.target_table),
                     quoted_list(key.target_columns), to_text(key.on_delete),
                     to_text(key.on_update));
}

bool stands_in_table(const index_description& index) {
  return index.what != index_description::kind::index && index.where.empty();
}

std::vector<std::string> table_lines(const table_description& table, dialect dialect) {
  std::vector<std::string> lines;
  for (const auto& column : table.columns) lines.push_back(column_line(column, dialect));
  for (const auto& index : table.indexes)
    if (stands_in_table(index)) lines.push_back(key_line(index));
  for (const auto& column : table.columns) {
    if (!column.values.empty())
      lines.push_back(values_check(table, column));
    else if (dialect == dialect::sqlite &&
             (column.type == column_type::json || column.type == column_type::boolean))
      lines.push_back(sqlite_form_check(table, column));
  }
  for (const auto& key : table.foreign_keys) lines.push_back(foreign_key_line(key));
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
  std::string statements;
  auto out = std::back_inserter(statements);
  for (const auto& table : database.tables) {
    fmt::format_to(out, "CREATE TABLE {} (\n  {}\n){};\n", quoted(table.name),
                   fmt::join(table_lines(table, dialect), ",\n  "), table_options(table, dialect));
    for (const auto& index : table.indexes)
      if (!stands_in_table(index)) statements += create_index(table, index);
  }
  return statements;
}

}  // namespace nava::schema
