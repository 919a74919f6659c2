// SPDX-License-Identifier: Apache-2.0
#include "schema/ddl_parts.hpp"

#include <fmt/format.h>

#include <iterator>
#include <nava/schema/workflow_rules.hpp>

namespace nava::schema {
namespace {

std::string values_condition(const column_description& column) {
  std::string values;
  for (const std::string_view value : column.values)
    fmt::format_to(std::back_inserter(values), "{}{}", values.empty() ? "" : ", ",
                   detail::literal(value));
  return fmt::format("{} IN ({})", quoted(column.name), values);
}

// SQLite checks neither of these by type. json_valid(NULL) is 0, not NULL.
std::string sqlite_form_condition(const column_description& column) {
  const std::string name = quoted(column.name);
  std::string condition = column.type == column_type::json ? fmt::format("json_valid({})", name)
                                                           : fmt::format("{} IN (0, 1)", name);
  if (column.nullable) condition = fmt::format("{} IS NULL OR {}", name, condition);
  return condition;
}

bool is_made_apart(const table_description& table, const index_description& index,
                   dialect dialect) {
  return dialect == dialect::distributed && becomes_a_table(table, index);
}

}  // namespace

namespace detail {

std::string literal(std::string_view text) {
  std::string quoted_text = "'";
  for (const char c : text) quoted_text.append(c == '\'' ? 2 : 1, c);
  return quoted_text += '\'';
}

std::string column_line(const column_description& column, dialect dialect) {
  return fmt::format("{} {}{}", quoted(column.name), type_name(column.type, dialect),
                     column.nullable ? "" : " NOT NULL");
}

std::string check_line(const check_description& check) {
  return fmt::format("CONSTRAINT {} CHECK ({})", quoted(check.name), check.expression);
}

std::string key_line(const index_description& index) {
  const bool primary = index.what == index_description::kind::primary_key;
  return fmt::format("CONSTRAINT {} {} ({})", quoted(index.name),
                     primary ? "PRIMARY KEY" : "UNIQUE", quoted_list(index.columns));
}

std::string foreign_key_line(const foreign_key_description& key, dialect dialect,
                             std::string_view place) {
  // A distributed server refuses to cascade a change of the column it distributes by.
  const auto on_update =
      dialect == dialect::distributed ? referential_action::no_action : key.on_update;
  return fmt::format(
      "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}{} ({}) ON DELETE {} ON UPDATE {}",
      quoted(key.name), quoted_list(key.columns), place, quoted(key.target_table),
      quoted_list(key.target_columns), to_text(key.on_delete), to_text(on_update));
}

bool stands_in_table(const index_description& index) {
  return index.what != index_description::kind::index && index.where.empty();
}

std::vector<std::string> table_lines(const table_description& table, dialect dialect) {
  std::vector<std::string> lines;
  for (const auto& column : table.columns) lines.push_back(column_line(column, dialect));
  for (const auto& index : table.indexes)
    if (stands_in_table(index) && !is_made_apart(table, index, dialect))
      lines.push_back(key_line(index));
  for (const auto& check : checks_of(table, dialect)) lines.push_back(check_line(check));
  return lines;
}

std::string table_options(const table_description& table, dialect dialect) {
  if (dialect == dialect::sqlite) return " STRICT, WITHOUT ROWID";
  // Storage is a matter of the partitions, which have the pages.
  if (!table.partition_column.empty())
    return fmt::format(" PARTITION BY RANGE ({})", quoted(table.partition_column));
  return storage_options(table);
}

std::string storage_options(const table_description& table) {
  std::string parameters;
  if (table.fillfactor != 100) parameters = fmt::format("fillfactor = {}", table.fillfactor);
  for (const auto& each : table.storage)
    fmt::format_to(std::back_inserter(parameters), "{}{} = {}", parameters.empty() ? "" : ", ",
                   each.name, each.value);
  return parameters.empty() ? parameters : fmt::format(" WITH ({})", parameters);
}

std::string create_index(const table_description& table, const index_description& index,
                         std::string_view place, bool concurrently) {
  const bool unique = index.what != index_description::kind::index;
  return fmt::format("CREATE {}INDEX {}{} ON {}{} ({}){};", unique ? "UNIQUE " : "",
                     concurrently ? "CONCURRENTLY " : "", quoted(index.name), place,
                     quoted(table.name), quoted_list(index.columns),
                     index.where.empty() ? "" : fmt::format(" WHERE {}", index.where));
}

}  // namespace detail

std::vector<check_description> checks_of(const table_description& table, dialect dialect) {
  std::vector<check_description> checks;
  for (const auto& column : table.columns) {
    std::string name = fmt::format("ck_{}_{}", table.name, column.name);
    if (!column.values.empty())
      checks.push_back({std::move(name), column.name, values_condition(column)});
    else if (dialect == dialect::sqlite &&
             (column.type == column_type::json || column.type == column_type::boolean))
      checks.push_back({std::move(name), column.name, sqlite_form_condition(column)});
  }
  return checks;
}

}  // namespace nava::schema
