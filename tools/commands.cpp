// SPDX-License-Identifier: Apache-2.0
#include "tools/commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/row.hpp>
#include <ostream>
#include <utility>

#include "tools/terminal.hpp"

namespace nava::tools {
namespace {

using namespace schema;
using persistence::error;
using persistence::store;
using persistence::store_options;

std::unique_ptr<store> open_existing(const target& where) {
  store_options options = where.store;
  options.on_older = store_options::schema_policy::expect;
  return persistence::open_store(where.url, options);
}

std::string time_text(const std::optional<timestamp>& time) {
  if (!time) return "";
  std::string text = to_text(*time).substr(0, 19);
  text[10] = ' ';
  return text;
}

std::string percent(double share) { return fmt::format("{:.0f}%", share * 100); }

template <class Table>
json::array rows_as_json(const std::vector<typename Table::row_type>& rows) {
  json::array list;
  for (const auto& row : rows) list.push_back(to_json<Table>(row));
  return list;
}

json::object everything(const persistence::workflow_history& history) {
  const persistence::workflow_state& state = history.state;
  json::object all;
  all["workflow"] = to_json<workflow_table>(state.workflow);
  all["workflow_stage"] = rows_as_json<workflow_stage_table>(state.stages);
  all["workflow_step"] = rows_as_json<workflow_step_table>(state.steps);
  all["workflow_participant"] = rows_as_json<workflow_participant_table>(state.participants);
  all["workflow_memory"] = to_json<workflow_memory_table>(state.memory);
  all["workflow_task"] = rows_as_json<workflow_task_table>(history.tasks);
  all["workflow_event"] = rows_as_json<workflow_event_table>(history.events);
  all["workflow_message"] = rows_as_json<workflow_message_table>(history.messages);
  all["workflow_mutation"] = rows_as_json<workflow_mutation_table>(history.mutations);
  return all;
}

void print_section(std::ostream& out, std::string_view heading, const text_table& rows) {
  if (rows.empty()) return;
  out << '\n' << heading << '\n';
  rows.print(out, "  ");
}

void print_head(std::ostream& out, const workflow& row) {
  out << printable(row.title) << '\n';
  const auto line = [&](std::string_view name, const std::string& value) {
    if (!value.empty()) out << fmt::format("  {:<11}{}\n", name, printable(value));
  };
  line("id", to_text(row.id));
  line("definition", fmt::format("{} revision {}", row.wfdef_key, row.wfdef_rev));
  line("resource", row.resource_name + "/" + row.resource_id);
  line("status", fmt::format("{}, {} done", to_text(row.status), percent(row.progress)));
  line("revision", fmt::format("{}, last seq {}", row.revision, row.last_seq));
  line("owner", row.owner_id.value_or(""));
  line("started", time_text(row.ts_start));
  line("finished", time_text(row.ts_finish));
}

// JSON, but for numbers, which Boost.JSON writes with an exponent.
std::string value_text(const json::value& value) {
  return value.is_double() ? fmt::format("{}", value.get_double()) : json::serialize(value);
}

void print_memory(std::ostream& out, const workflow_memory& memory) {
  text_table values{{"KEPT IN", "KEY", "VALUE"}};
  const auto add = [&](std::string_view where, const json::object& object) {
    for (const auto& member : object)
      values.add({std::string{where}, std::string{member.key()}, value_text(member.value())});
  };
  add("params", memory.params);
  add("memory", memory.memory);
  add("output", memory.output);
  print_section(out, "Memory", values);
}

void print_state(std::ostream& out, const persistence::workflow_state& state) {
  text_table stages{{"STAGE", "STATUS"}};
  for (const auto& row : state.stages)
    stages.add({row.stage_name, std::string{to_text(row.status)}});
  print_section(out, "Stages", stages);

  text_table steps{{"STEP", "STATUS", "STATE", "STARTED", "FINISHED"}};
  for (const auto& row : state.steps)
    steps.add({row.title, std::string{to_text(row.status)}, row.stm_label.value_or(row.stm_state),
               time_text(row.ts_start), time_text(row.ts_finish)});
  print_section(out, "Steps", steps);

  text_table people{{"ROLE", "USER"}};
  for (const auto& row : state.participants) people.add({row.role, row.user_id});
  print_section(out, "Participants", people);
  print_memory(out, state.memory);
}

void print_history(std::ostream& out, const persistence::workflow_history& history) {
  text_table tasks{{"TASK", "STATUS", "DUE"}};
  for (const auto& row : history.tasks)
    tasks.add({row.name, std::string{to_text(row.status)}, time_text(row.ts_due)});
  print_section(out, "Tasks", tasks);

  text_table events{{"SEQ", "AT", "EVENT", "KEY"}};
  for (const auto& row : history.events)
    events.add(
        {std::to_string(row.seq), time_text(row.at), row.event_name, row.event_key.value_or("")});
  print_section(out, "Events", events);

  text_table messages{{"SEQ", "AT", "SOURCE", "MESSAGE"}};
  for (const auto& row : history.messages)
    messages.add({std::to_string(row.seq), time_text(row.at), row.source, row.content});
  print_section(out, "Messages", messages);
  out << fmt::format("\n{} mutations; --json shows them\n", history.mutations.size());
}

json::object counts_as_json(const uuid& id, const std::vector<persistence::table_rows>& counts) {
  json::object rows;
  for (const auto& count : counts) rows[count.table] = count.rows;
  return {{"_id", to_text(id)}, {"rows", std::move(rows)}};
}

std::int64_t total(const std::vector<persistence::table_rows>& counts) {
  std::int64_t sum = 0;
  for (const auto& count : counts) sum += count.rows;
  return sum;
}

void print_deletion(std::ostream& out, bool dry_run, const uuid& id,
                    const std::vector<persistence::table_rows>& counts) {
  out << fmt::format("{} {}: {} rows\n", dry_run ? "would delete" : "deleted", to_text(id),
                     total(counts));
  for (const auto& count : counts)
    if (count.rows > 0) out << fmt::format("  {:<22}{}\n", count.table, count.rows);
}

}  // namespace

int migrate(const target& where, const migrate_options& options, std::ostream& out) {
  using persistence::data_loss;
  const auto report =
      options.to ? persistence::migrate_to(
                       where.url, *options.to,
                       options.drop_data ? data_loss::accept : data_loss::refuse, where.store)
                 : persistence::migrate(where.url, where.store);
  if (options.json)
    out << json::object{{"version_before", report.version_before},
                        {"version_after", report.version_after}}
        << '\n';
  else if (report.version_before == report.version_after)
    out << fmt::format("{} is at schema version {}; nothing to do\n", where.url.printable(),
                       report.version_after);
  else
    out << fmt::format("{} went from schema version {} to {}\n", where.url.printable(),
                       report.version_before, report.version_after);
  return 0;
}

int list(const target& where, const list_options& options, std::ostream& out) {
  const auto store = open_existing(where);
  persistence::list_request request{options.wfdef_key, options.status, {}, 0};
  text_table table{{"ID", "STATUS", "DONE", "RESOURCE", "TITLE", "STARTED"}};
  if (options.json) out << '[';
  std::size_t listed = 0;
  progress_line progress{"listing workflow"};
  for (;;) {
    request.limit = persistence::list_rows_max;
    if (options.limit > 0) request.limit = std::min(request.limit, options.limit - listed);
    const auto page = request.limit == 0 ? std::vector<workflow>{} : store->list(request);
    for (const auto& row : page) {
      if (options.json)
        out << (listed == 0 ? "\n" : ",\n") << to_json<workflow_table>(row);
      else
        table.add({to_text(row.id), std::string{to_text(row.status)}, percent(row.progress),
                   row.resource_name + "/" + row.resource_id, row.title, time_text(row.ts_start)});
      progress.advance_to(++listed);
    }
    if (page.size() < request.limit || page.empty()) break;
    request.after = page.back().id;
  }
  if (options.json)
    out << (listed == 0 ? "]\n" : "\n]\n");
  else if (table.empty())
    out << "no workflows\n";
  else
    table.print(out);
  return 0;
}

int show(const target& where, const uuid& id, bool as_json, std::ostream& out, std::ostream& err) {
  const auto store = open_existing(where);
  const auto history = store->history(id);
  if (!history) {
    err << fmt::format("nava: there is no workflow {}\n", to_text(id));
    return 1;
  }
  if (as_json) {
    out << everything(*history) << '\n';
    return 0;
  }
  print_head(out, history->state.workflow);
  print_state(out, history->state);
  print_history(out, *history);
  return 0;
}

int erase(const target& where, const delete_options& options, std::ostream& out,
          std::ostream& err) {
  const auto store = open_existing(where);
  progress_line progress{options.dry_run ? "counting workflow" : "deleting workflow",
                         options.ids.size()};
  int exit_code = 0;
  std::size_t done = 0;
  // Each workflow is reported as it goes, so that an error at a later one hides nothing.
  if (options.json) out << '[';
  std::string_view separator = "\n";
  for (const uuid& id : options.ids) {
    progress.advance_to(++done);
    const auto counts = store->count_rows(id);
    const bool is_there = options.dry_run ? counts.front().rows > 0 : store->erase(id);
    if (!is_there) {
      err << fmt::format("nava: there is no workflow {}\n", to_text(id));
      exit_code = 1;
    } else if (options.json) {
      out << std::exchange(separator, ",\n") << counts_as_json(id, counts) << std::flush;
    } else {
      print_deletion(out, options.dry_run, id, counts);
    }
  }
  if (options.json) out << "\n]\n";
  return exit_code;
}

}  // namespace nava::tools
