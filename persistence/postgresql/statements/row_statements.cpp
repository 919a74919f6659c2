// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/statements/server_statements.hpp"
#include "persistence/postgresql/statements/statement_parts.hpp"

// Rows of any described table. In the texts below, what its description yields stands in braces.
namespace nava::persistence::postgresql {
namespace {

using namespace fmt::literals;
using schema::quoted;
using schema::table_description;

constexpr std::string_view insert_rows_sql = R"(
WITH written AS (
  INSERT INTO {table} ({columns})
  SELECT {r_columns}
  FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r({record})
  RETURNING 1
)
SELECT count(*)
FROM written)";

constexpr std::string_view update_rows_sql = R"(
WITH written AS (
  UPDATE {table} AS c
  SET {assignments}
  FROM jsonb_to_recordset(cast(:rows AS jsonb)) AS r({record})
  WHERE {same_key}
  RETURNING 1
)
SELECT count(*)
FROM written)";

constexpr std::string_view delete_rows_sql = R"(
WITH written AS (
  DELETE FROM {table} AS c
  USING jsonb_to_recordset(cast(:rows AS jsonb)) AS r({record})
  WHERE {same_key}
  RETURNING 1
)
SELECT count(*)
FROM written)";

constexpr std::string_view related_sql = R"(
SELECT {row}
FROM (
  SELECT {key}
  FROM jsonb_array_elements(cast(:keys AS jsonb)) AS k(value)
) AS p
CROSS JOIN LATERAL (
  SELECT *
  FROM {table} AS t
  WHERE {has_key}
  {limit}
) AS r
ORDER BY {order})";

// Keeps the planner, which cannot know how many keys come, from joining by a scan of the whole
// table: each parent costs one descent of the index that covers the key. So does a LIMIT.
constexpr std::string_view no_limit_sql = "OFFSET 0";

constexpr std::string_view limit_sql = R"(ORDER BY {order}
  LIMIT cast(:limit AS bigint))";

constexpr std::string_view collation = " COLLATE \"C\"";

// The row r; jsonb is built where a value has another form than the server gives it.
std::string row_json(const table_description& table) {
  std::string others;
  for (const auto& column : table.columns)
    if (column.type == schema::column_type::decimal)
      others +=
          fmt::format(" || jsonb_build_object('{}', {})", column.name, json_value(column, "r"));
  return others.empty() ? "row_to_json(r)" : "to_jsonb(r)" + others;
}

std::string place_of(std::string_view schema, const table_description& table) {
  return fmt::format("{}.{}", quoted(schema), quoted(table.name));
}

}  // namespace

std::string json_value(const schema::column_description& column, std::string_view alias) {
  const std::string value = fmt::format("{}.{}", alias, quoted(column.name));
  return column.type == schema::column_type::decimal ? fmt::format("cast({} AS text)", value)
                                                     : value;
}

statement rows_statement(std::string_view schema, const table_description& table, verb what) {
  const std::string place = place_of(schema, table), record = record_of(table);
  const auto made = [](std::string sql) { return statement{std::move(sql), {"rows"}, 1}; };
  switch (what) {
    case verb::insert:
      return made(fmt::format(insert_rows_sql, "table"_a = place, "columns"_a = columns_of(table),
                              "r_columns"_a = columns_of(table, "r."), "record"_a = record));
    case verb::update:
      return made(fmt::format(update_rows_sql, "table"_a = place,
                              "assignments"_a = assignments_of(table), "record"_a = record,
                              "same_key"_a = same_key(table)));
    case verb::remove:
      return made(fmt::format(delete_rows_sql, "table"_a = place, "record"_a = record,
                              "same_key"_a = same_key(table)));
  }
  return {};
}

statement related_statement(std::string_view schema, const related_request& what) {
  std::string key, has_key;
  for (std::size_t i = 0; i < what.key.size(); ++i) {
    const auto& column = *schema::rules::find_column(*what.target, what.key[i]);
    append(key, ", ",
           fmt::format("cast(k.value ->> {0} AS {1}) AS k{0}", i,
                       type_name(column, schema::dialect::postgresql)));
    append(has_key, " AND ", fmt::format("t.{} = p.k{}", quoted(what.key[i]), i));
  }
  std::vector<std::string> parameters{"keys"};
  std::string limit{no_limit_sql};
  if (what.limit > 0) {
    limit = fmt::format(limit_sql, "order"_a = sort_list(what, "t", collation));
    parameters.push_back("limit");
  }
  return {fmt::format(related_sql, "row"_a = row_json(*what.target), "key"_a = key,
                      "table"_a = place_of(schema, *what.target), "has_key"_a = has_key,
                      "limit"_a = limit, "order"_a = sort_list(what, "r", collation)),
          std::move(parameters), 1};
}

}  // namespace nava::persistence::postgresql
