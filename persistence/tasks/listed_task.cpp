// SPDX-License-Identifier: Apache-2.0
#include "persistence/tasks/listed_task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/database.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/rows/row_text.hpp"
#include "persistence/rows/stored_row.hpp"

namespace nava::persistence {
namespace {

using namespace fmt::literals;
using schema::column;
using schema::task_status;

// A column a line, which clang-format would pack.
// clang-format off
struct listed_task_table
    : schema::table<
          listed_task, "listed_task",
          column<"workflow_id", &listed_task::workflow_id>,
          column<"_id", &listed_task::id>,
          column<"step_id", &listed_task::step_id>,
          column<"name", &listed_task::name>,
          column<"queue", &listed_task::queue>,
          column<"status", &listed_task::status>,
          column<"attempt", &listed_task::attempt>,
          column<"attempts_max", &listed_task::attempts_max>,
          column<"ts_due", &listed_task::ts_due>,
          column<"ts_start", &listed_task::ts_start>,
          column<"ts_end", &listed_task::ts_end>,
          column<"lease_owner", &listed_task::lease_owner>,
          column<"lease_until", &listed_task::lease_until>,
          column<"error", &listed_task::error>,
          column<"wfdef_key", &listed_task::wfdef_key>,
          column<"resource_name", &listed_task::resource_name>,
          column<"resource_id", &listed_task::resource_id>,
          schema::primary_key<&listed_task::workflow_id, &listed_task::id>> {};
// clang-format on

// Until the claim a task is SCHEDULED in its own row; the agenda knows more.
constexpr std::string_view open_tasks_sql = R"(
SELECT {row}
FROM (
  SELECT a.workflow_id, a._id, t.step_id, t.name, a.queue,
    CASE WHEN a.lease_until > {now} THEN 'RUNNING' ELSE 'SCHEDULED' END AS status,
    a.attempt, t.attempts_max, a.ts_due, a.ts_start, t.ts_end, a.lease_owner, a.lease_until, t.error,
    w.wfdef_key, w.resource_name, w.resource_id
  FROM {agenda} AS a
  JOIN {task} AS t ON t.workflow_id = a.workflow_id AND t._id = a._id
  JOIN {workflow} AS w ON w._id = a.workflow_id
  WHERE (a.workflow_id, a._id) < (cast(:after_workflow AS {uuid}), cast(:after_task AS {uuid}))
    AND (
      cast(:workflow_id AS {uuid}) IS NULL
      OR a.workflow_id = cast(:workflow_id AS {uuid})
    )
    AND (
      cast(:due_before AS {time}) IS NULL
      OR a.ts_due < cast(:due_before AS {time})
    )
    AND (
      :status = ''
      OR :status = 'RUNNING' AND a.lease_until > {now}
      OR :status = 'SCHEDULED' AND (a.lease_until IS NULL OR a.lease_until <= {now})
    )
    AND {is_named}
  ORDER BY a.workflow_id DESC, a._id DESC
  LIMIT cast(:limit AS {integer})
) AS c)";

constexpr std::string_view ended_tasks_sql = R"(
SELECT {row}
FROM (
  SELECT t.workflow_id, t._id, t.step_id, t.name, coalesce(t.queue, t.name) AS queue, t.status,
    t.attempt, t.attempts_max, t.ts_due, t.ts_start, t.ts_end, t.lease_owner,
    cast(NULL AS {time}) AS lease_until, t.error, w.wfdef_key, w.resource_name, w.resource_id
  FROM {task} AS t
  JOIN {workflow} AS w ON w._id = t.workflow_id
  WHERE (t.workflow_id, t._id) < (cast(:after_workflow AS {uuid}), cast(:after_task AS {uuid}))
    AND (
      cast(:workflow_id AS {uuid}) IS NULL
      OR t.workflow_id = cast(:workflow_id AS {uuid})
    )
    AND (
      cast(:due_before AS {time}) IS NULL
      OR t.ts_end < cast(:due_before AS {time})
    )
    AND t.status = :status
    AND {is_named}
  ORDER BY t.workflow_id DESC, t._id DESC
  LIMIT cast(:limit AS {integer})
) AS c)";

constexpr std::string_view is_named_sql =
    "(t.name = :name OR :name = '' AND substr(t.name, 1, 5) <> 'nava.')";

constexpr std::string_view greatest_uuid = "ffffffff-ffff-ffff-ffff-ffffffffffff";

}  // namespace

const schema::table_description& listed_task_description() {
  static constexpr auto described = schema::database<listed_task_table>::description;
  return described.tables.front();
}

task_list_statements::task_list_statements(const task_list_dialect& dialect) {
  const auto filled = [&](std::string_view sql) {
    return fmt::format(fmt::runtime(sql), "row"_a = dialect.row, "agenda"_a = dialect.agenda,
                       "task"_a = dialect.task, "workflow"_a = dialect.workflow,
                       "now"_a = dialect.now, "uuid"_a = dialect.uuid, "time"_a = dialect.time,
                       "integer"_a = dialect.integer, "is_named"_a = is_named_sql);
  };
  std::vector<std::string> parameters{"status",         "workflow_id", "due_before", "name",
                                      "after_workflow", "after_task",  "limit"};
  ended = {filled(ended_tasks_sql), parameters, 1};
  parameters.emplace_back("now");
  open = {filled(open_tasks_sql), std::move(parameters), 1};
}

bool lists_open_tasks(const task_list& which) {
  return !which.status || !is_finished(*which.status);
}

task_list_arguments::task_list_arguments(const task_list& which,
                                         const std::optional<timestamp>& now)
    : status_(which.status ? schema::to_text(*which.status) : std::string_view{}),
      name_(which.name),
      after_workflow_(which.after ? schema::to_text(which.after->first) : greatest_uuid),
      after_task_(which.after ? schema::to_text(which.after->second) : greatest_uuid),
      limit_(std::to_string(std::min(which.limit, listed_tasks_max))) {
  check_argument(which.name, "name of a task");
  if (which.workflow_id) workflow_id_ = schema::to_text(*which.workflow_id);
  constexpr column_place due_place{"workflow_task", "ts_due"};
  if (which.due_before) due_before_ = detail::storable_text(*which.due_before, due_place);
  if (now) now_ = schema::to_text(*now);
}

std::vector<connection::argument> task_list_arguments::ended() const {
  return {status_, workflow_id_, due_before_, name_, after_workflow_, after_task_, limit_};
}

std::vector<connection::argument> task_list_arguments::open() const {
  auto arguments = ended();
  arguments.emplace_back(now_);
  return arguments;
}

std::vector<listed_task> listed_from(const std::vector<connection::row>& rows) {
  std::vector<listed_task> tasks;
  tasks.reserve(rows.size());
  for (const connection::row& each : rows) try {
      tasks.push_back(row_from<listed_task_table>(each[0].value(), stored_form::json));
    } catch (const schema::conversion_error& failure) {
      throw error{error_kind::other, failure.what()};
    }
  return tasks;
}

}  // namespace nava::persistence
