// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_statement_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/connection/statement.hpp"
#include "persistence/sqlite/connection/own_functions.hpp"
#include "persistence/sqlite/file_statements.hpp"
#include "schema/ddl_parts.hpp"
#include "workflow/legal_hold.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;
using schema::column_description;
using schema::column_type;
using schema::table_description;

// A path would not see a name with escapes. What is no array holds.
constexpr std::string_view is_under_legal_hold_sql = R"((
    json_type({alias}.sys_tag) IS NOT 'array'
    OR EXISTS (
      SELECT 1
      FROM json_each({alias}.sys_tag) AS g
      CROSS JOIN json_each(g.value) AS m
      WHERE g.type = 'object'
        AND m.key = '{member}')
  ))";

std::string unless_null(const std::string& value, const std::string& written) {
  return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", value, written);
}

// A decimal is stored as the number of its units, written with a point before the last `scale`
// digits.
std::string decimal_text(const std::string& value, int scale) {
  const std::string unit = '1' + std::string(static_cast<std::size_t>(scale), '0');
  return fmt::format(
      "printf('%s%d.%0{1}d', CASE WHEN {0} < 0 THEN '-' ELSE '' END, abs({0}) / {2}, "
      "abs({0}) % {2})",
      value, scale, unit);
}

std::string object_of_columns(std::span<const column_description> columns, std::string_view alias) {
  // A function takes 127 arguments (SQLITE_MAX_FUNCTION_ARG).
  constexpr std::size_t columns_max = 60;
  if (columns.size() > columns_max) {
    const std::string first = object_of_columns(columns.first(columns_max), alias);
    return fmt::format("substr({0}, 1, length({0}) - 1) || ',' || substr({1}, 2)", first,
                       object_of_columns(columns.subspan(columns_max), alias));
  }
  std::string members;
  for (const auto& column : columns)
    append(members, ", ",
           fmt::format("{}, {}", schema::literal(column.name), json_value(column, alias)));
  return fmt::format("json_object({})", members);
}

}  // namespace

bool is_key(const table_description& table, std::string_view column) {
  const auto key = table.primary_key().columns;
  return std::find(key.begin(), key.end(), column) != key.end();
}

const column_description& column_of(const table_description& table, std::string_view name) {
  return *schema::rules::find_column(table, name);
}

std::string stored(const column_description& column, const std::string& extracted) {
  switch (column.type) {
    case column_type::decimal:
      // Of `12.30` the digits remain, the number of units.
      return fmt::format("cast(replace({}, '.', '') AS INTEGER)", extracted);
    case column_type::bytes:
      return fmt::format("{}({})", octets_function, extracted);
    default:
      return extracted;
  }
}

// `->` keeps JSON as JSON.
std::string value_in(std::string_view row, const column_description& column) {
  if (column.type == column_type::json || column.type == column_type::text_array)
    return fmt::format("{} -> '$.{}'", row, column.name);
  return stored(column, fmt::format("json_extract({}, '$.{}')", row, column.name));
}

std::string columns_of(const table_description& table) {
  std::string list;
  for (const auto& column : table.columns) append(list, ", ", schema::quoted(column.name));
  return list;
}

std::string values_in(std::string_view row, const table_description& table) {
  std::string list;
  for (const auto& column : table.columns) append(list, ", ", value_in(row, column));
  return list;
}

std::string object_of(const table_description& table, std::string_view alias) {
  return object_of_columns(table.columns, alias);
}

std::string object_of(std::string_view table, std::string_view alias) {
  return object_of(table_named(table), alias);
}

std::string list_of(std::string_view table, std::string_view alias) {
  std::string values;
  for (const auto& column : table_named(table).columns)
    append(values, ", ", json_value(column, alias));
  return fmt::format("json_array({})", values);
}

// SQLite writes REAL with 15 digits of its own accord, where 17 tell every double apart, and takes
// NULL for a number or a text where it is told how to write it.
std::string json_value(const column_description& column, std::string_view alias) {
  const std::string value = fmt::format("{}.{}", alias, schema::quoted(column.name));
  switch (column.type) {
    case column_type::json:
    case column_type::text_array:
      return fmt::format("json({})", value);
    case column_type::real: {
      const std::string written = fmt::format("json(printf('%!.17g', {}))", value);
      return column.nullable ? unless_null(value, written) : written;
    }
    case column_type::decimal:
      if (column.digits.scale == 0) return fmt::format("cast({} AS TEXT)", value);
      return unless_null(value, decimal_text(value, column.digits.scale));
    case column_type::bytes:
      return unless_null(value, fmt::format("'\\x' || lower(hex({}))", value));
    default:
      return value;
  }
}

std::string is_under_legal_hold(std::string_view alias) {
  return fmt::format(is_under_legal_hold_sql, "alias"_a = alias, "member"_a = legal_hold_member);
}

}  // namespace nava::persistence::sqlite
