// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/statements/statement_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/connection/statement.hpp"
#include "workflow/legal_hold.hpp"

namespace nava::persistence::postgresql {
namespace {

using schema::quoted;
using schema::table_description;

bool is_key(const table_description& table, std::string_view column) {
  const auto key = table.primary_key().columns;
  return std::find(key.begin(), key.end(), column) != key.end();
}

}  // namespace

std::string columns_of(const table_description& table, std::string_view prefix) {
  std::string list;
  for (const auto& column : table.columns)
    append(list, ", ", fmt::format("{}{}", prefix, quoted(column.name)));
  return list;
}

std::string record_of(const table_description& table) {
  std::string list;
  for (const auto& column : table.columns)
    append(
        list, ", ",
        fmt::format("{} {}", quoted(column.name), type_name(column, schema::dialect::postgresql)));
  return list;
}

std::string row_of(const table_description& table, std::string_view alias) {
  std::string list;
  for (const auto& column : table.columns)
    append(list, ", ",
           fmt::format("cast({}.{} AS {})", alias, quoted(column.name),
                       type_name(column, schema::dialect::postgresql)));
  return list;
}

std::string row_of(std::string_view table, std::string_view alias) {
  return row_of(table_named(table), alias);
}

std::string assignments_of(const table_description& table) {
  std::string list;
  for (const auto& column : table.columns)
    if (!is_key(table, column.name))
      append(list, ", ", fmt::format("{0} = r.{0}", quoted(column.name)));
  return list;
}

// A CASE for each column: a statement for each set of columns would be a plan for each set. A large
// value that keeps its column is copied by its pointer.
std::string written_assignments_of(const table_description& table, std::string_view alias) {
  std::string list;
  std::size_t position = 0;
  for (const auto& column : table.columns) {
    const std::uint64_t bit = std::uint64_t{1} << position++;
    if (!is_key(table, column.name))
      append(list, ", ",
             fmt::format("{0} = CASE WHEN r.written & {1} <> 0 THEN r.{0} ELSE {2}.{0} END",
                         quoted(column.name), bit, alias));
  }
  return list;
}

// With these conditions the server has one way to find the row: it descends the primary key for
// each that is given, even if the table was next to empty when the server last analyzed it. An
// equality of the first column would let it walk a whole index beside them, which costs nothing
// while that index is one page.
//
// The comparison of whole keys follows from the equality of their columns. Steps and events have
// another index that begins with the same columns. While the server knows of one row a workflow, it
// takes both indexes for equal, and reads all rows of the workflow. The comparison is dear without
// an index on all columns.
std::string same_key(const table_description& table, std::string_view row, std::string_view given) {
  std::string condition, columns, values;
  for (const std::string_view name : table.primary_key().columns) {
    const std::string column = fmt::format("{}.{}", row, quoted(name));
    const std::string value = fmt::format("{}.{}", given, quoted(name));
    append(condition, " AND ",
           condition.empty() ? fmt::format("{} = ANY (ARRAY[{}])", column, value)
                             : fmt::format("{} = {}", column, value));
    append(columns, ", ", column);
    append(values, ", ", value);
  }
  if (table.primary_key().columns.size() > 1)
    condition += fmt::format(" AND ({}) >= ({})", columns, values);
  return condition;
}

// Strict: otherwise a path looks into arrays of arrays too. What is no array holds.
std::string is_under_legal_hold(std::string_view alias) {
  return fmt::format(
      "coalesce(jsonb_path_exists({}.sys_tag, 'strict $[*] ? (@.type() == \"object\" && "
      "exists(@.{}))', '{{}}', true), true)",
      alias, legal_hold_member);
}

}  // namespace nava::persistence::postgresql
