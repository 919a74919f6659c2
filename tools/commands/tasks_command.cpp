// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/nava.hpp>
#include <nava/schema/text.hpp>
#include <ostream>

#include "tools/commands/commands.hpp"
#include "tools/commands/known_definition.hpp"
#include "tools/terminal/json_output.hpp"
#include "tools/terminal/terminal.hpp"
#include "tools/terminal/text_table.hpp"
#include "tools/terminal/text_width.hpp"

namespace nava::tools {
namespace {

using engine::task_command;
using persistence::listed_task;

std::vector<listed_task> listed(persistence::store& store, const tasks_options& options) {
  std::vector<listed_task> all;
  persistence::task_list which = options.which;
  do {
    which.limit = std::min(persistence::listed_tasks_max, options.limit - all.size());
    const auto page = store.list_tasks(which);
    all.insert(all.end(), page.begin(), page.end());
    if (page.size() < which.limit) break;
    which.after = std::pair{page.back().workflow_id, page.back().id};
  } while (all.size() < options.limit);
  return all;
}

json::object as_json(const listed_task& task) {
  json::object row{{"workflow_id", schema::to_text(task.workflow_id)},
                   {"_id", schema::to_text(task.id)},
                   {"name", task.name},
                   {"queue", task.queue},
                   {"status", to_text(task.status)},
                   {"attempt", task.attempt},
                   {"attempts_max", task.attempts_max},
                   {"wfdef_key", task.wfdef_key},
                   {"resource_name", task.resource_name},
                   {"resource_id", task.resource_id}};
  const auto add = [&](const char* name, const std::optional<timestamp>& time) {
    if (time) row[name] = schema::to_text(*time);
  };
  if (task.step_id) row["step_id"] = schema::to_text(*task.step_id);
  add("ts_due", task.ts_due);
  add("ts_start", task.ts_start);
  add("ts_end", task.ts_end);
  add("lease_until", task.lease_until);
  if (task.lease_owner) row["lease_owner"] = *task.lease_owner;
  if (task.error) row["error"] = *task.error;
  return row;
}

// When it ended, who has it until when, or when it is due.
std::string time_of(const listed_task& task) {
  if (task.ts_end) return "ended " + time_text(task.ts_end);
  if (task.status == schema::task_status::running)
    return fmt::format("with {} until {}", task.lease_owner.value_or(""),
                       time_text(task.lease_until));
  return "due " + time_text(task.ts_due);
}

int print_list(const std::vector<listed_task>& tasks, bool is_json, std::ostream& out) {
  if (is_json) {
    json::array list;
    for (const auto& each : tasks) list.push_back(as_json(each));
    write_json(out, list);
    out << '\n';
    return 0;
  }
  if (tasks.empty()) {
    out << "no tasks\n";
    return 0;
  }
  text_table table{{{"TASK", column_kind::text},
                    {"STATUS"},
                    {"TRIES"},
                    {"WHEN", column_kind::text},
                    {"RESOURCE", column_kind::text},
                    {"WORKFLOW"},
                    {"ERROR", column_kind::detail}}};
  for (const auto& each : tasks)
    table.add({each.name, std::string{to_text(each.status)},
               fmt::format("{}/{}", each.attempt, each.attempts_max), time_of(each),
               each.resource_name + "/" + each.resource_id, schema::to_text(each.workflow_id),
               each.error.value_or("")});
  table.print(out, terminal_width());
  return 0;
}

// Returns why it was not done; none where it was.
std::optional<std::string> act(persistence::store& store, const listed_task& task,
                               task_command verb, const engine::command_cause& why) {
  for (int tries = 0; tries < tries_max; ++tries) {
    const auto history = store.history(task.workflow_id);
    if (!history) return "the workflow is gone";
    const auto row = std::find_if(history->tasks.begin(), history->tasks.end(),
                                  [&](const auto& each) { return each.id == task.id; });
    if (row == history->tasks.end()) return "the task is gone";
    const auto there = store.load(task.workflow_id);
    if (!there || there->state.workflow.revision != history->state.workflow.revision) continue;
    try {
      const auto made = engine::decide(known_definition(there->state), there->state, verb, *row,
                                       why, now(), new_id());
      if (store.commit(made.work) != commit_result::conflict) return std::nullopt;
    } catch (const refused& wrong) {
      return wrong.what();
    }
  }
  return "other processes changed the workflow during each try";
}

int change(persistence::store& store, const tasks_options& options, std::ostream& out,
           std::ostream& err) {
  const bool retries = options.does == task_command::retry;
  const auto tasks = listed(store, options);
  if (!options.yes && !tasks.empty() && can_ask() &&
      !is_confirmed(fmt::format("{} {} tasks?", retries ? "Retry" : "Cancel", tasks.size()))) {
    err << "nava: nothing was changed\n";
    return 1;
  }
  std::size_t done = 0;
  for (const auto& each : tasks) {
    if (const auto why = act(store, each, *options.does, options.why))
      err << fmt::format("nava: {} of {}: {}\n", printable(each.name),
                         schema::to_text(each.workflow_id), printable(*why));
    else
      ++done;
  }
  const std::string_view verb = retries ? "retried" : "cancelled";
  if (options.json) {
    write_json(out, json::object{{verb, done}, {"found", tasks.size()}});
    out << '\n';
  } else {
    out << fmt::format("{} {} of {} tasks\n", verb, done, tasks.size());
    if (tasks.size() == options.limit)
      out << (done == tasks.size() ? "There may be more: run it again.\n"
                                   : "There may be more behind those: give a greater --limit.\n");
  }
  return done == tasks.size() ? 0 : 1;
}

}  // namespace

int show_tasks(const target& where, tasks_options options, std::ostream& out, std::ostream& err) {
  const auto store = open_existing(where);
  try {
    if (options.workflow) options.which.workflow_id = find_workflow(*store, *options.workflow);
  } catch (const name_error& wrong) {
    err << fmt::format("nava: {}\n", printable(wrong.what()));
    return 1;
  }
  if (options.does) return change(*store, options, out, err);
  return print_list(listed(*store, options), options.json, out);
}

}  // namespace nava::tools
