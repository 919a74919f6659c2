// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/sqlite/file_statement_parts.hpp"
#include "persistence/sqlite/file_statements.hpp"

// Rows of any described table. In the texts below, what its description yields stands in braces.
namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;
using schema::quoted;
using schema::quoted_list;
using schema::table_description;

constexpr std::string_view insert_rows_sql = R"(
INSERT INTO {table} ({columns})
SELECT {values}
FROM json_each(:rows) AS r)";

constexpr std::string_view update_rows_sql = R"(
UPDATE {table} AS c
SET {assignments}
FROM json_each(:rows) AS r
WHERE {key})";

constexpr std::string_view delete_rows_sql = R"(
DELETE FROM {table}
WHERE ({key}) IN (SELECT {values} FROM json_each(:rows)))";

constexpr std::string_view related_sql = R"(
SELECT {row}
FROM {table} AS r
WHERE ({key}) IN (SELECT {values} FROM json_each(:keys))
ORDER BY {order})";

// No legal column is called `#`.
constexpr std::string_view limited_related_sql = R"(
SELECT {row}
FROM (
  SELECT t.*, row_number() OVER (PARTITION BY {key} ORDER BY {order_of_key}) AS "#"
  FROM {table} AS t
  WHERE ({key}) IN (SELECT {values} FROM json_each(:keys))
) AS r
WHERE r."#" <= cast(:limit AS INTEGER)
ORDER BY {order})";

std::string insert_rows(const table_description& table) {
  return fmt::format(insert_rows_sql, "table"_a = quoted(table.name),
                     "columns"_a = columns_of(table), "values"_a = values_in("r.value", table));
}

std::string update_rows(const table_description& table) {
  std::string assignments, key;
  for (const auto& column : table.columns)
    if (!is_key(table, column.name))
      append(assignments, ", ",
             fmt::format("{} = {}", quoted(column.name), value_in("r.value", column)));
  for (const std::string_view column : table.primary_key().columns)
    append(key, " AND ",
           fmt::format("c.{} = {}", quoted(column), value_in("r.value", column_of(table, column))));
  return fmt::format(update_rows_sql, "table"_a = quoted(table.name), "assignments"_a = assignments,
                     "key"_a = key);
}

std::string delete_rows(const table_description& table) {
  const auto key = table.primary_key().columns;
  std::string values;
  for (const std::string_view column : key)
    append(values, ", ", value_in("value", column_of(table, column)));
  return fmt::format(delete_rows_sql, "table"_a = quoted(table.name), "key"_a = quoted_list(key),
                     "values"_a = values);
}

std::string change(const table_description& table, verb what) {
  switch (what) {
    case verb::insert:
      return insert_rows(table);
    case verb::update:
      return update_rows(table);
    case verb::remove:
      return delete_rows(table);
  }
  return {};
}

}  // namespace

statement rows_statement(const table_description& table, verb what) {
  return {change(table, what) + "\nRETURNING 1", {"rows"}, 1};
}

statement related_statement(const related_request& what) {
  std::string values;
  for (std::size_t i = 0; i < what.key.size(); ++i)
    append(values, ", ",
           stored(column_of(*what.target, what.key[i]),
                  fmt::format("json_extract(value, '$[{}]')", i)));
  const std::string key = quoted_list(what.key), table = quoted(what.target->name);
  const std::string row = object_of(*what.target, "r"), order = sort_list(what, "r", "");
  if (what.limit == 0)
    return {fmt::format(related_sql, "row"_a = row, "table"_a = table, "key"_a = key,
                        "values"_a = values, "order"_a = order),
            {"keys"},
            1};
  return {fmt::format(limited_related_sql, "row"_a = row, "table"_a = table, "key"_a = key,
                      "values"_a = values, "order"_a = order,
                      "order_of_key"_a = sort_list(what, "t", "")),
          {"keys", "limit"},
          1};
}

}  // namespace nava::persistence::sqlite
