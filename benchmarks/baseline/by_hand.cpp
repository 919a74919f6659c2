// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/by_hand.hpp"

#include <fmt/format.h>

#include <nava/schema/text.hpp>
#include <stdexcept>

namespace nava::benchmarks::by_hand {

using schema::to_text;
const std::array<part, part_count>& parts() {
  static const std::array<part, part_count> all{
      {{"workflow_step",
        0,
        {{"_id", "uuid"},
         {"index", "bigint"},
         {"step_key", "text"},
         {"stage_key", "text"},
         {"title", "text"},
         {"selector", "uuid"},
         {"stm_state", "text"},
         {"status", "text"},
         {"memory", "jsonb"}}},
       {"workflow_step",
        1,
        {{"_id", "uuid"},
         {"stm_state", "text"},
         {"status", "text"},
         {"memory", "jsonb"},
         {"ts_transit", "timestamptz"},
         {"stm_from", "text"}}},
       {"workflow_mutation",
        0,
        {{"seq", "bigint"},
         {"transaction_id", "uuid"},
         {"name", "text"},
         {"action", "text"},
         {"step_id", "uuid"},
         {"mutation", "jsonb"},
         {"at", "timestamptz"}}},
       {"workflow_message",
        0,
        {{"seq", "bigint"}, {"timestamp", "timestamptz"}, {"source", "text"}, {"content", "text"}}},
       {"workflow_event",
        0,
        {{"seq", "bigint"},
         {"transaction_id", "uuid"},
         {"event_key", "text"},
         {"event_name", "text"},
         {"event_args", "jsonb"},
         {"event_data", "jsonb"},
         {"step_id", "uuid"},
         {"at", "timestamptz"}}}}};
  return all;
}

namespace {

value text_of(const std::optional<uuid>& id) { return id ? value{to_text(*id)} : value{}; }

}  // namespace

std::array<std::vector<values>, part_count> rows_of(const nava::unit_of_work& unit) {
  std::array<std::vector<values>, part_count> rows;
  for (const auto& step : unit.steps.inserted)
    rows[0].push_back({to_text(step.id), std::to_string(step.index), step.step_key, step.stage_key,
                       step.title, to_text(step.selector), step.stm_state,
                       std::string{to_text(step.status)}, json::serialize(step.memory)});
  for (const auto& step : unit.steps.updated)
    rows[1].push_back({to_text(step.id), step.stm_state, std::string{to_text(step.status)},
                       json::serialize(step.memory),
                       step.ts_transit ? value{to_text(*step.ts_transit)} : value{},
                       step.stm_from});
  for (const auto& row : unit.mutations)
    rows[2].push_back({std::to_string(row.seq), to_text(row.transaction_id), row.name, row.action,
                       text_of(row.step_id), json::serialize(row.mutation), to_text(row.at)});
  for (const auto& row : unit.messages)
    rows[3].push_back({std::to_string(row.seq), to_text(row.at), row.source, row.content});
  for (const auto& row : unit.events)
    rows[4].push_back({std::to_string(row.seq), to_text(row.transaction_id), row.event_key,
                       row.event_name, json::serialize(row.event_args),
                       json::serialize(row.event_data), text_of(row.step_id), to_text(row.at)});
  return rows;
}

values root_of(const nava::unit_of_work& unit) {
  const auto& row = unit.workflow;
  return {std::string{to_text(row.status)},
          fmt::format("{}", row.progress),
          std::to_string(row.last_seq),
          to_text(row.updated),
          to_text(row.id),
          std::to_string(unit.read_revision)};
}

std::string row_sql(const std::string& prefix, const part& of, const placeholder& mark) {
  std::string names, marks, sets, same;
  for (std::size_t i = 0; i < of.columns.size(); ++i) {
    const auto& column = of.columns[i];
    const std::string place = mark(i, column.type);
    names += fmt::format("\"{}\", ", column.name);
    marks += place + ", ";
    if (i < of.keys)
      same += fmt::format(" AND \"{}\" = {}", column.name, place);
    else
      sets += fmt::format("{}\"{}\" = {}", sets.empty() ? "" : ", ", column.name, place);
  }
  const std::string workflow = mark(of.columns.size(), "uuid");
  if (of.keys == 0)
    return fmt::format("INSERT INTO {}{} ({}workflow_id) VALUES ({}{})", prefix, of.table, names,
                       marks, workflow);
  return fmt::format("UPDATE {}{} SET {} WHERE workflow_id = {}{}", prefix, of.table, sets,
                     workflow, same);
}

std::string root_sql(const std::string& prefix, const placeholder& mark) {
  const auto place = [&](std::size_t i) { return mark(i, root_columns[i].type); };
  return fmt::format(
      "UPDATE {}workflow SET status = {}, progress = {}, last_seq = {}, _updated = {}, revision = "
      "revision + 1 WHERE _id = {} AND revision = {}",
      prefix, place(0), place(1), place(2), place(3), place(4), place(5));
}

std::string array_of(const std::vector<values>& rows, std::size_t column) {
  std::string text = "{";
  for (const auto& row : rows) {
    if (text.size() > 1) text += ',';
    if (!row[column]) {
      text += "NULL";
      continue;
    }
    text += '"';
    for (const char c : *row[column]) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

void throw_stale() { throw std::runtime_error{"a workflow was not at the revision that was read"}; }

}  // namespace nava::benchmarks::by_hand
