// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_statements.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nava/schema/ddl.hpp>

#include "persistence/purge/finished_arguments.hpp"
#include "persistence/commit/unit_parts.hpp"
#include "persistence/sqlite/connection/octets.hpp"
#include "persistence/rows/state_rows.hpp"

namespace nava::persistence::sqlite {
namespace {

using schema::column_description;
using schema::quoted;
using schema::table_description;

bool is_key(const table_description& table, std::string_view column) {
  const auto key = table.primary_key().columns;
  return std::find(key.begin(), key.end(), column) != key.end();
}

// A value taken out of JSON, `extracted`, as its column stores it. Of `12.30` the digits remain,
// the number of units.
std::string stored(const column_description& column, const std::string& extracted) {
  switch (column.type) {
    case schema::column_type::decimal:
      return fmt::format("cast(replace({}, '.', '') AS INTEGER)", extracted);
    case schema::column_type::bytes:
      return fmt::format("{}({})", octets_function, extracted);
    default:
      return extracted;
  }
}

// A column's value in the JSON object `row`; `->` keeps JSON as JSON.
std::string value_in(std::string_view row, const column_description& column) {
  if (column.type == schema::column_type::json || column.type == schema::column_type::text_array)
    return fmt::format("{} -> '$.{}'", row, column.name);
  return stored(column, fmt::format("json_extract({}, '$.{}')", row, column.name));
}

const column_description& column_of(const table_description& table, std::string_view name) {
  return *schema::rules::find_column(table, name);
}

// WHERE true: without it, ON CONFLICT after a SELECT would be read as a join condition.
std::string insert(const table_description& table) {
  std::string columns, values;
  for (const auto& column : table.columns) {
    const std::string_view comma = columns.empty() ? "" : ", ";
    columns.append(comma).append(quoted(column.name));
    values.append(comma).append(value_in("r.value", column));
  }
  return fmt::format("INSERT INTO {} ({}) SELECT {} FROM json_each(:rows) AS r WHERE true",
                     quoted(table.name), columns, values);
}

std::string assignments(const table_description& table, std::string_view row) {
  std::string list;
  for (const auto& column : table.columns)
    if (!is_key(table, column.name))
      fmt::format_to(std::back_inserter(list), "{}{} = {}", list.empty() ? "" : ", ",
                     quoted(column.name), value_in(row, column));
  return list;
}

std::string key_in(const table_description& table, std::string_view row, std::string_view prefix) {
  std::string condition;
  for (const std::string_view column : table.primary_key().columns)
    fmt::format_to(std::back_inserter(condition), "{}{}{} = {}", condition.empty() ? "" : " AND ",
                   prefix, quoted(column), value_in(row, column_of(table, column)));
  return condition;
}

std::string change(const child_part& part) {
  const table_description& table = *part.table;
  switch (part.what) {
    case verb::insert:
      return insert(table);
    case verb::update:
      return fmt::format("UPDATE {} AS c SET {} FROM json_each(:rows) AS r WHERE {}",
                         quoted(table.name), assignments(table, "r.value"),
                         key_in(table, "r.value", "c."));
    case verb::remove: {
      std::string key, values;
      for (const std::string_view column : table.primary_key().columns)
        fmt::format_to(std::back_inserter(values), "{}{}", values.empty() ? "" : ", ",
                       value_in("value", column_of(table, column)));
      return fmt::format("DELETE FROM {} WHERE ({}) IN (SELECT {} FROM json_each(:rows))",
                         quoted(table.name), schema::quoted_list(table.primary_key().columns),
                         values);
    }
  }
  return {};
}

// A row of `alias` as a JSON object with a key per column.
std::string object_of(std::span<const schema::column_description> columns, std::string_view alias) {
  // A function takes 127 arguments (SQLITE_MAX_FUNCTION_ARG).
  constexpr std::size_t columns_max = 60;
  if (columns.size() > columns_max) {
    const std::string first = object_of(columns.first(columns_max), alias);
    return fmt::format("substr({0}, 1, length({0}) - 1) || ',' || substr({1}, 2)", first,
                       object_of(columns.subspan(columns_max), alias));
  }
  std::string members;
  for (const auto& column : columns)
    fmt::format_to(std::back_inserter(members), "{}'{}', {}", members.empty() ? "" : ", ",
                   column.name, json_value(column, alias));
  return fmt::format("json_object({})", members);
}

std::string object_of(const table_description& table, std::string_view alias) {
  return object_of(table.columns, alias);
}

// Which table, and a row of it.
std::string row_of(std::string_view name, std::string_view alias) {
  return fmt::format("SELECT '{}', {}", name, object_of(table_named(name), alias));
}

std::string child_rows(std::string_view name, std::string_view which = {}) {
  return fmt::format(
      " UNION ALL {} FROM w CROSS JOIN {} AS c WHERE c.\"workflow_id\" = w.\"_id\"{}",
      row_of(name, "c"), quoted(name), which);
}

// All of a state but its tasks, of which a load wants the open ones and a history all.
std::string state_rows(std::string_view condition) {
  return fmt::format("WITH w AS MATERIALIZED (SELECT * FROM \"workflow\" WHERE {}) {} FROM w",
                     condition, row_of("workflow", "w")) +
         child_rows("workflow_step") + child_rows("workflow_stage") +
         child_rows("workflow_participant") + child_rows("workflow_memory");
}

std::string load(std::string_view condition) {
  return state_rows(condition) +
         child_rows("workflow_task", " AND c.\"status\" IN ('SCHEDULED', 'RUNNING')") +
         fmt::format(
             " UNION ALL SELECT '{}', json_object('workflow_id', c.\"workflow_id\") FROM w CROSS "
             "JOIN \"workflow_event\" AS c WHERE c.\"workflow_id\" = w.\"_id\" AND "
             "c.\"event_key\" = :event_key",
             applied_event_table::name.view());
}

std::string history() {
  return state_rows("\"_id\" = :id") + child_rows("workflow_task") +
         child_rows("workflow_mutation") + child_rows("workflow_message") +
         child_rows("workflow_event");
}

std::string count_rows() {
  std::string counts = "SELECT 'workflow', count(*) FROM \"workflow\" WHERE \"_id\" = :id";
  for (const auto& table : schema::workflow_database<>::description.tables)
    for (const auto& key : table.foreign_keys)
      fmt::format_to(std::back_inserter(counts),
                     " UNION ALL SELECT '{}', count(*) FROM {} WHERE {} = :id", table.name,
                     quoted(table.name), quoted(key.columns.front()));
  return counts;
}

std::string list(std::string_view beyond, std::string_view direction) {
  return fmt::format(
      "SELECT {} FROM \"workflow\" AS w WHERE (:wfdef_key IS NULL OR w.\"wfdef_key\" = :wfdef_key) "
      "AND (:status IS NULL OR w.\"status\" = :status) AND (:after IS NULL OR w.\"_id\" {} :after) "
      "ORDER BY w.\"_id\"{} LIMIT cast(:limit AS INTEGER)",
      object_of(table_named("workflow"), "w"), beyond, direction);
}

// Workflows that finished long enough ago, after a place, in the order of places.
constexpr std::string_view finished_walk =
    "\"workflow\" AS w WHERE w.\"ts_finish\" IS NOT NULL AND w.\"ts_finish\" <= :until AND "
    "(w.\"ts_finish\", w.\"_id\") > (:after_time, :after_id) ORDER BY w.\"ts_finish\", w.\"_id\"";

std::string picked_finished() {
  return fmt::format(
      "picked AS MATERIALIZED (SELECT c.\"_id\", c.\"ts_finish\" || '/' || c.\"_id\" AS place FROM "
      "(SELECT w.* FROM {} LIMIT {}) AS c WHERE c.\"status\" IN (SELECT value FROM "
      "json_each(:statuses)) AND (:wfdef_key IS NULL OR c.\"wfdef_key\" = :wfdef_key) ORDER BY "
      "c.\"ts_finish\", c.\"_id\" LIMIT cast(:batch AS INTEGER))",
      finished_walk, purge_walk_max);
}

// Places sort as texts do.
std::string count_finished() {
  return fmt::format(
      "WITH {} SELECT count(*), CASE WHEN count(*) = cast(:batch AS INTEGER) THEN max(place) ELSE "
      "(SELECT w.\"ts_finish\" || '/' || w.\"_id\" FROM {} LIMIT 1 OFFSET {}) END FROM picked",
      picked_finished(), finished_walk, purge_walk_max - 1);
}

std::string erase_finished() {
  return fmt::format(
      "WITH {} DELETE FROM \"workflow\" WHERE \"_id\" IN (SELECT \"_id\" FROM picked)",
      picked_finished());
}

// One row, its columns in order as parameters; of an update, after them which of the columns are
// written. Texts become what their columns hold as they are stored or compared with.
statement row_statement(const table_description& table, verb what) {
  statement made;
  std::string names, values, sets, keys;
  for (const auto& column : table.columns) {
    const std::string name = quoted(column.name);
    made.parameters.push_back(fmt::format("c{}", made.parameters.size()));
    const std::string value = ":" + made.parameters.back();
    const auto add = [](std::string& to, std::string_view between, const std::string& text) {
      to.append(to.empty() ? "" : between).append(text);
    };
    add(names, ", ", name);
    add(values, ", ", value);
    if (is_key(table, column.name))
      add(keys, " AND ", fmt::format("{} = {}", name, value));
    else
      add(sets, ", ",
          fmt::format("{0} = CASE WHEN cast(:written AS INTEGER) & {1} THEN {2} ELSE {0} END", name,
                      std::uint64_t{1} << (made.parameters.size() - 1), value));
  }
  switch (what) {
    case verb::insert:
      made.sql = fmt::format("INSERT INTO {} ({}) VALUES ({})", quoted(table.name), names, values);
      break;
    case verb::update:
      made.sql = fmt::format("UPDATE {} SET {} WHERE {}", quoted(table.name), sets, keys);
      made.parameters.push_back("written");
      break;
    case verb::remove:
      // Of tables that are all key, so that every parameter is used.
      made.sql = fmt::format("DELETE FROM {} WHERE {}", quoted(table.name), keys);
      break;
  }
  return made;
}

}  // namespace

// SQLite writes REAL with 15 digits of its own accord, where 17 tell every double apart, and takes
// NULL for a number or a text where it is told how to write it.
std::string json_value(const column_description& column, std::string_view alias) {
  const std::string value = fmt::format("{}.{}", alias, quoted(column.name));
  const auto unless_null = [&](const std::string& written) {
    return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", value, written);
  };
  switch (column.type) {
    case schema::column_type::json:
    case schema::column_type::text_array:
      return fmt::format("json({})", value);
    case schema::column_type::real: {
      const std::string written = fmt::format("json(printf('%!.17g', {}))", value);
      return column.nullable ? unless_null(written) : written;
    }
    case schema::column_type::decimal: {
      if (column.digits.scale == 0) return fmt::format("cast({} AS TEXT)", value);
      const std::string beyond =
          '1' + std::string(static_cast<std::size_t>(column.digits.scale), '0');
      return unless_null(
          fmt::format("printf('%s%d.%0{1}d', CASE WHEN {0} < 0 THEN '-' ELSE '' END, abs({0}) / "
                      "{2}, abs({0}) % "
                      "{2})",
                      value, column.digits.scale, beyond));
    }
    case schema::column_type::bytes:
      return unless_null(fmt::format("'\\x' || lower(hex({}))", value));
    default:
      return value;
  }
}

unit_statements::unit_statements() {
  const auto& workflow = table_named("workflow");
  begin = {"BEGIN IMMEDIATE", {}, 0};
  commit = {"COMMIT", {}, 0};
  create_root = row_statement(workflow, verb::insert);
  create_root.sql += " ON CONFLICT DO NOTHING RETURNING \"_id\"";
  create_root.columns = 1;
  move_root = row_statement(workflow, verb::update);
  move_root.sql +=
      " AND \"revision\" = cast(:read_revision AS INTEGER) AND NOT EXISTS (SELECT 1 FROM "
      "\"workflow_event\" AS e WHERE e.\"workflow_id\" = \"workflow\".\"_id\" AND e.\"event_key\" "
      "= "
      ":event_key) RETURNING \"_id\"";
  move_root.parameters.insert(move_root.parameters.end(), {"read_revision", "event_key"});
  move_root.columns = 1;
  for (const auto& [table, what] : child_parts()) children.push_back(row_statement(*table, what));
}

query_set queries() {
  const auto& stored_definition = table_named("workflow_definition");
  query_set set;
  set.was_applied = {
      "SELECT 1 FROM \"workflow_event\" WHERE \"workflow_id\" = :id AND \"seq\" = cast(:seq AS "
      "INTEGER) AND \"transaction_id\" = :transaction_id",
      {"id", "seq", "transaction_id"},
      1};
  set.load_by_id = {load("\"_id\" = :id"), {"event_key", "id"}, 2};
  set.load_by_resource = {
      load("\"resource_id\" = :resource_id AND \"resource_name\" = :resource_name"),
      {"event_key", "resource_id", "resource_name"},
      2};
  set.history = {history(), {"id"}, 2};
  set.erase = {"DELETE FROM \"workflow\" WHERE \"_id\" = :id RETURNING \"_id\"", {"id"}, 1};
  set.count_rows = {count_rows(), {"id"}, 2};
  set.list = {list(">", ""), list_arguments::names(), 1};
  set.list_newest = {list("<", " DESC"), list_arguments::names(), 1};
  set.register_definitions = {insert(stored_definition) + " ON CONFLICT DO NOTHING", {"rows"}, 0};
  set.definition = {fmt::format("SELECT {} FROM \"workflow_definition\" AS d WHERE \"wfdef_key\" = "
                                ":key AND \"wfdef_rev\" = cast(:revision AS INTEGER)",
                                object_of(stored_definition, "d")),
                    {"key", "revision"},
                    1};
  set.count_finished = {count_finished(), finished_arguments::names(), 2};
  set.erase_finished = {erase_finished(), finished_arguments::names(), 0};
  return set;
}

statement rows_statement(const table_description& table, verb what) {
  return {change({&table, what}) + " RETURNING 1", {"rows"}, 1};
}

statement related_statement(const related_request& what) {
  std::string values;
  for (std::size_t i = 0; i < what.key.size(); ++i)
    fmt::format_to(std::back_inserter(values), "{}{}", i == 0 ? "" : ", ",
                   stored(column_of(*what.target, what.key[i]),
                          fmt::format("json_extract(value, '$[{}]')", i)));
  const std::string key = schema::quoted_list(what.key);
  const std::string which = fmt::format("({}) IN (SELECT {} FROM json_each(:keys))", key, values);
  const std::string name = quoted(what.target->name);
  const std::string object = object_of(*what.target, "r");
  const std::string sort = sort_list(what, "r", "");
  if (what.limit == 0)
    return {fmt::format("SELECT {} FROM {} AS r WHERE {} ORDER BY {}", object, name, which, sort),
            {"keys"},
            1};
  // No legal column is called so.
  return {fmt::format("SELECT {} FROM (SELECT t.*, row_number() OVER (PARTITION BY {} ORDER BY {}) "
                      "AS \"#\" FROM {} AS t WHERE {}) AS r WHERE r.\"#\" <= cast(:limit AS "
                      "INTEGER) ORDER BY {}",
                      object, key, sort_list(what, "t", ""), name, which, sort),
          {"keys", "limit"},
          1};
}

}  // namespace nava::persistence::sqlite
