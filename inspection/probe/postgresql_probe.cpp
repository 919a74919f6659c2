// SPDX-License-Identifier: Apache-2.0
#include "inspection/probe/postgresql_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>

#include "persistence/postgresql/statements/server_statements.hpp"
#include "persistence/postgresql/statements/statement_parts.hpp"
#include "persistence/rows/json_text.hpp"

namespace nava::inspection {

using namespace persistence::postgresql;

namespace {

using namespace fmt::literals;
using schema::quoted;

// Without sequential scans a plan has one only where there is no other way, however few rows the
// table has now.
constexpr const char* setup = R"(
SET default_transaction_read_only = on;
SET enable_seqscan = off;
SET lock_timeout = '1s')";

// {only} keeps a table that is not partitioned apart from those that inherit from it.
constexpr std::string_view plan_of_lookup_sql = R"(
EXPLAIN (FORMAT JSON, COSTS OFF)
SELECT 1
FROM {only}{table}
WHERE {condition})";

constexpr const char* indexes_of_partitions_sql = R"(
SELECT c.relname
FROM pg_catalog.pg_class AS p
JOIN pg_catalog.pg_namespace AS n ON n.oid = p.relnamespace
JOIN pg_catalog.pg_inherits AS i ON i.inhparent = p.oid
JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid
WHERE n.nspname = :schema AND p.relkind = 'I' AND p.relname = :parent)";

constexpr std::string_view sample_keys_sql = R"(
SELECT json_build_array({values})
FROM (
  SELECT *
  FROM {table}
  WHERE {are_given}
  LIMIT {rows_max}
) AS sampled)";

const statement indexes_of_partitions{indexes_of_partitions_sql, {"schema", "parent"}, 1};

std::string_view some_value(schema::column_type type) {
  switch (type) {
    case schema::column_type::uuid:
      return "'00000000-0000-0000-0000-000000000000'";
    case schema::column_type::text:
      return "''";
    case schema::column_type::boolean:
      return "false";
    case schema::column_type::integer:
    case schema::column_type::bigint:
    case schema::column_type::real:
    case schema::column_type::decimal:
      return "0";
    case schema::column_type::date:
    case schema::column_type::timestamp:
      return "'2000-01-01'";
    case schema::column_type::bytes:
      return "''";
    case schema::column_type::text_array:
    case schema::column_type::json:
      return "'{}'";
  }
  return {};
}

using names = std::vector<std::string>;

// Every node that reads a table names the index that it does it by.
bool reads_by(const json::object& node, const names& allowed) {
  if (const json::value* name = node.if_contains("Index Name"))
    return std::find(allowed.begin(), allowed.end(), std::string_view{name->as_string()}) !=
           allowed.end();
  const json::value* parts = node.if_contains("Plans");
  return parts != nullptr &&
         std::all_of(parts->as_array().begin(), parts->as_array().end(),
                     [&](const auto& part) { return reads_by(part.as_object(), allowed); });
}

}  // namespace

server_probe::server_probe(const database_url& url, std::string schema, const catalog& live)
    : schema_(std::move(schema)), live_(live), connection_(url) {
  connection_.run_script(setup);
}

std::string server_probe::place_of(const schema::table_description& table) const {
  return fmt::format("{}.{}", quoted(schema_), quoted(table.name));
}

bool server_probe::finds_by_index(const schema::table_description& table,
                                  const schema::foreign_key_description& key) {
  std::string condition;
  for (const std::string_view name : key.columns) {
    const auto& column = *schema::rules::find_column(table, name);
    append(condition, " AND ",
           fmt::format("{} = cast({} AS {})", quoted(name), some_value(column.type),
                       type_name(column, schema::dialect::postgresql)));
  }
  const catalog_table* const found = find_table(live_, schema_, table.name);
  const bool is_partitioned = found != nullptr && found->what == catalog_table::kind::partitioned;
  const statement plan_of_lookup{
      fmt::format(plan_of_lookup_sql, "only"_a = is_partitioned ? "" : "ONLY ",
                  "table"_a = place_of(table), "condition"_a = condition),
      {},
      1};
  const auto plan = connection_.execute(plan_of_lookup);
  const json::value text = parse_stored_json(plan.front().front().value());
  const auto serving = serving_indexes(live_, schema_, table, key);
  names allowed;
  for (const auto* index : serving) allowed.push_back(index->name);
  if (is_partitioned) add_indexes_of_partitions(allowed);
  return reads_by(text.as_array().at(0).at("Plan").as_object(), allowed);
}

// An index of a partitioned table has none of the rows; those that its partitions have for it do.
void server_probe::add_indexes_of_partitions(std::vector<std::string>& to) {
  std::vector<std::string> indexes;
  for (const std::string& parent : to)
    for (auto& row : connection_.execute(indexes_of_partitions, {schema_, parent}))
      indexes.push_back(std::move(row.front().value()));
  to.insert(to.end(), std::make_move_iterator(indexes.begin()),
            std::make_move_iterator(indexes.end()));
}

json::array server_probe::sample_keys(const schema::table_description& table,
                                      schema::name_list columns) {
  std::string values, are_given;
  for (const std::string_view column : columns) {
    append(values, ", ", json_value(*schema::rules::find_column(table, column), "sampled"));
    append(are_given, " AND ", quoted(column) + " IS NOT NULL");
  }
  const statement sample{
      fmt::format(sample_keys_sql, "values"_a = values, "table"_a = place_of(table),
                  "are_given"_a = are_given, "rows_max"_a = probe_parents_max),
      {},
      1};
  json::array keys;
  for (const auto& row : connection_.execute(sample))
    keys.push_back(parse_stored_json(row.front().value()));
  return keys;
}

std::vector<json::object> server_probe::related_rows(const related_request& what,
                                                     const json::array& keys) {
  const std::string text = json::serialize(keys);
  const std::string limit = std::to_string(what.limit);
  std::vector<json::object> rows;
  for (const auto& row : connection_.execute(related_statement(schema_, what), {text, limit}))
    rows.push_back(std::move(parse_stored_json(row.front().value()).as_object()));
  return rows;
}

}  // namespace nava::inspection
