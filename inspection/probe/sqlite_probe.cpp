// SPDX-License-Identifier: Apache-2.0
#include "inspection/probe/sqlite_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>

#include "persistence/rows/json_text.hpp"
#include "persistence/sqlite/file_statement_parts.hpp"
#include "persistence/sqlite/file_statements.hpp"

namespace nava::inspection {

using namespace persistence::sqlite;

namespace {

using namespace fmt::literals;
using schema::quoted;

constexpr std::string_view plan_of_lookup_sql = R"(
EXPLAIN QUERY PLAN
SELECT 1
FROM {table}
WHERE {condition})";

constexpr std::string_view sample_keys_sql = R"(
SELECT json_array({values})
FROM {table} AS t
WHERE {are_given}
LIMIT {rows_max})";

constexpr std::string_view orphans_sql = R"(
SELECT count(*)
FROM {table} AS c
WHERE {are_given}
  AND NOT EXISTS (
    SELECT 1
    FROM {target} AS t
    WHERE {refers_to_it}
  ))";

template <class Form>
std::string each_column(schema::name_list columns, Form form) {
  std::string text;
  for (const std::string_view column : columns) append(text, " AND ", form(column));
  return text;
}

// How a plan ends that looks up in `index` what a key gives: `(a=? AND b=?)`.
std::string search_text(const catalog_index& index, std::size_t key_columns) {
  std::string terms;
  for (std::size_t i = 0; i < std::min(index.columns.size(), key_columns); ++i)
    terms += fmt::format("{}{}=?", i == 0 ? "" : " AND ", index.columns[i]);
  return fmt::format(" ({})", terms);
}

}  // namespace

file_probe::file_probe(read_only_file file, const catalog& live)
    : file_(std::move(file)), live_(live) {
  file_.each("PRAGMA foreign_keys = ON", [](const read_only_file::row&) {});
}

// A library without them takes the pragma in silence.
bool file_probe::enforces_foreign_keys() {
  bool are_on = false;
  file_.each("PRAGMA foreign_keys",
             [&](const read_only_file::row& row) { are_on = row.integer(0) != 0; });
  return are_on;
}

bool file_probe::finds_by_index(const schema::table_description& table,
                                const schema::foreign_key_description& key) {
  const std::string condition =
      each_column(key.columns, [](auto column) { return quoted(column) + " = 0"; });
  std::string plan;
  file_.each(
      fmt::format(plan_of_lookup_sql, "table"_a = quoted(table.name), "condition"_a = condition),
      [&](const read_only_file::row& row) { plan += row.text(3); });
  if (!plan.starts_with("SEARCH ")) return false;
  const auto serving = serving_indexes(live_, "main", table, key);
  return std::any_of(serving.begin(), serving.end(), [&](const auto* index) {
    const bool may_be_rowid = index->what == catalog_index::kind::primary_key;
    return plan.ends_with(search_text(*index, key.columns.size())) ||
           (may_be_rowid && plan.ends_with(" USING INTEGER PRIMARY KEY (rowid=?)"));
  });
}

json::array file_probe::sample_keys(const schema::table_description& table,
                                    schema::name_list columns) {
  std::string values;
  for (const std::string_view column : columns)
    append(values, ", ", json_value(column_of(table, column), "t"));
  const std::string are_given =
      each_column(columns, [](auto column) { return quoted(column) + " IS NOT NULL"; });
  json::array keys;
  file_.each(
      fmt::format(sample_keys_sql, "values"_a = values, "table"_a = quoted(table.name),
                  "are_given"_a = are_given, "rows_max"_a = probe_parents_max),
      [&](const read_only_file::row& row) { keys.push_back(parse_stored_json(row.text(0))); });
  return keys;
}

std::vector<json::object> file_probe::related_rows(const related_request& what,
                                                   const json::array& keys) {
  std::vector<json::object> rows;
  file_.each(related_statement(what).sql(), {json::serialize(keys), std::to_string(what.limit)},
             [&](const read_only_file::row& row) {
               rows.push_back(std::move(parse_stored_json(row.text(0)).as_object()));
             });
  return rows;
}

std::size_t file_probe::orphans(const schema::table_description& table,
                                const schema::foreign_key_description& key) {
  std::size_t found = 0;
  std::string refers_to_it;
  for (std::size_t i = 0; i < key.columns.size(); ++i)
    append(refers_to_it, " AND ",
           fmt::format("t.{} = c.{}", quoted(key.target_columns[i]), quoted(key.columns[i])));
  const std::string are_given =
      each_column(key.columns, [](auto column) { return "c." + quoted(column) + " IS NOT NULL"; });
  file_.each(
      fmt::format(orphans_sql, "table"_a = quoted(table.name), "are_given"_a = are_given,
                  "target"_a = quoted(key.target_table), "refers_to_it"_a = refers_to_it),
      [&](const read_only_file::row& row) { found = static_cast<std::size_t>(row.integer(0)); });
  return found;
}

}  // namespace nava::inspection
