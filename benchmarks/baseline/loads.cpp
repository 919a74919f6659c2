// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/loads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>

#include "benchmarks/baseline/client.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::array<std::string_view, 6> state_tables{"workflow",        "workflow_step",
                                                       "workflow_stage",  "workflow_participant",
                                                       "workflow_memory", "workflow_task"};

std::string prefix_of(const options& given) {
  return given.on_postgresql() ? schema::quoted(given.schema) + "." : "";
}

std::string condition_of(std::string_view table, std::string_view id) {
  if (table == "workflow") return fmt::format("\"_id\" = {}", id);
  const std::string_view open =
      table == "workflow_task" ? " AND \"status\" IN ('SCHEDULED', 'RUNNING')" : "";
  return fmt::format("\"workflow_id\" = {}{}", id, open);
}

// The columns of a table; on SQLite followed by NULL up to as many as the widest has.
std::string columns_of(std::string_view table, std::size_t widest) {
  const auto& columns =
      schema::find_table(schema::workflow_database<>::description, table)->columns;
  std::string list;
  for (const auto& column : columns)
    list += (list.empty() ? "" : ", ") + schema::quoted(column.name);
  for (std::size_t i = columns.size(); i < widest; ++i) list += ", NULL";
  return list;
}

std::string rows_sql(const options& given) {
  std::size_t widest = 0;
  for (const auto& table : schema::workflow_database<>::description.tables)
    if (std::find(state_tables.begin(), state_tables.end(), table.name) != state_tables.end())
      widest = std::max(widest, table.columns.size());
  std::string sql;
  for (std::size_t i = 0; i < state_tables.size(); ++i) {
    const auto table = state_tables[i];
    sql += fmt::format("{}SELECT {}, {} FROM {}{} WHERE {}", i == 0 ? "" : " UNION ALL ", i,
                       given.on_postgresql() ? fmt::format("ROW({})", columns_of(table, 0))
                                             : columns_of(table, widest),
                       prefix_of(given), schema::quoted(table),
                       condition_of(table, given.on_postgresql() ? "$1::uuid" : "$1"));
  }
  return sql;
}

std::string json_sql(const options& given) {
  std::string members;
  for (const auto name : state_tables)
    if (name != "workflow")
      members += fmt::format(", (SELECT json_agg(c) FROM {}{} AS c WHERE c.{})", prefix_of(given),
                             schema::quoted(name), condition_of(name, "w.\"_id\""));
  return fmt::format("SELECT row_to_json(w){} FROM {}\"workflow\" AS w WHERE \"_id\" = $1::uuid",
                     members, prefix_of(given));
}

load_workflow loading(const options& given, const std::string& sql) {
  const std::shared_ptr<client> from = connect(given.url);
  return [from, statement = from->prepare(sql)](const uuid& id) {
    if (from->copy(statement, {schema::to_text(id)}) == 0)
      throw std::runtime_error{"a workflow that was to be loaded was not there"};
  };
}

}  // namespace

load_workflow row_loads(const options& given) { return loading(given, rows_sql(given)); }
load_workflow json_loads(const options& given) { return loading(given, json_sql(given)); }

}  // namespace nava::benchmarks
