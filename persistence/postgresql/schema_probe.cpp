// SPDX-License-Identifier: Apache-2.0
#include "persistence/postgresql/schema_probe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>

#include "persistence/json_text.hpp"
#include "persistence/postgresql/statements.hpp"

namespace nava::persistence::postgresql {
namespace {

using schema::quoted;

// Without sequential scans a plan has one only where there is no other way, however few rows the
// table has now.
constexpr const char* setup =
    "SET default_transaction_read_only = on; SET enable_seqscan = off; SET lock_timeout = '1s'";

std::string_view some_value(schema::column_type type) {
  switch (type) {
    case schema::column_type::uuid:
      return "'00000000-0000-0000-0000-000000000000'";
    case schema::column_type::text:
      return "''";
    case schema::column_type::boolean:
      return "false";
    case schema::column_type::bigint:
    case schema::column_type::real:
      return "0";
    case schema::column_type::timestamp:
      return "'2000-01-01'";
    case schema::column_type::json:
      return "'{}'";
  }
  return {};
}

using indexes = std::vector<const schema::catalog_index*>;

// Every node that reads a table names the index that it does it by.
bool reads_by(const json::object& node, const indexes& allowed) {
  if (const json::value* name = node.if_contains("Index Name"))
    return std::any_of(allowed.begin(), allowed.end(), [&](const auto* index) {
      return index->name == std::string_view{name->as_string()};
    });
  const json::value* parts = node.if_contains("Plans");
  return parts != nullptr &&
         std::all_of(parts->as_array().begin(), parts->as_array().end(),
                     [&](const auto& part) { return reads_by(part.as_object(), allowed); });
}

}  // namespace

server_probe::server_probe(const database_url& url, std::string schema, const schema::catalog& live)
    : schema_(std::move(schema)), live_(live), connection_(url) {
  connection_.run_script(setup);
}

std::vector<connection::row> server_probe::run(
    statement what, std::initializer_list<connection::argument> arguments) {
  statements_.push_back(std::move(what));
  return connection_.execute(statements_.back(), arguments);
}

bool server_probe::finds_by_index(const schema::table_description& table,
                                  const schema::foreign_key_description& key) {
  std::string condition;
  for (const std::string_view name : key.columns) {
    const auto type = schema::rules::find_column(table, name)->type;
    condition +=
        fmt::format("{}{} = cast({} AS {})", condition.empty() ? "" : " AND ", quoted(name),
                    some_value(type), type_name(type, schema::dialect::postgresql));
  }
  const auto plan = run({fmt::format("EXPLAIN (FORMAT JSON, COSTS OFF) SELECT 1 FROM ONLY {}.{} "
                                     "WHERE {}",
                                     quoted(schema_), quoted(table.name), condition),
                         {},
                         1});
  const json::value text = parse_stored_json(plan.front().front().value());
  return reads_by(text.as_array().at(0).at("Plan").as_object(),
                  serving_indexes(live_, schema_, table, key));
}

json::array server_probe::sample_keys(const schema::table_description& table,
                                      schema::name_list columns) {
  std::string conditions;
  for (const std::string_view column : columns)
    conditions +=
        fmt::format("{}{} IS NOT NULL", conditions.empty() ? "" : " AND ", quoted(column));
  const auto rows = run({fmt::format("SELECT json_build_array({0}) FROM (SELECT {0} FROM {1}.{2} "
                                     "WHERE {3} LIMIT {4}) AS sampled",
                                     schema::quoted_list(columns), quoted(schema_),
                                     quoted(table.name), conditions, probe_parents_max),
                         {},
                         1});
  json::array keys;
  for (const auto& row : rows) keys.push_back(parse_stored_json(row.front().value()));
  return keys;
}

std::vector<json::object> server_probe::related_rows(const related_request& what,
                                                     const json::array& keys) {
  const std::string text = json::serialize(keys);
  const std::string limit = std::to_string(what.limit);
  std::vector<json::object> rows;
  for (const auto& row : run(related_statement(schema_, what), {text, limit}))
    rows.push_back(std::move(parse_stored_json(row.front().value()).as_object()));
  return rows;
}

}  // namespace nava::persistence::postgresql
