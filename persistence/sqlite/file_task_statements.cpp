// SPDX-License-Identifier: Apache-2.0
#include "persistence/sqlite/file_task_statements.hpp"

#include <fmt/format.h>

#include "persistence/sqlite/file_statement_parts.hpp"
#include "persistence/tasks/leased_task.hpp"

namespace nava::persistence::sqlite {
namespace {

using namespace fmt::literals;

constexpr std::string_view open_task_sql = R"(
SELECT 1
FROM workflow_agenda
WHERE workflow_id = :workflow_id
  AND _id = :id{more})";

// What is due already is due now: a claim that has passed a place does not look there again.
constexpr const char* insert_agenda_sql = R"(
INSERT INTO workflow_agenda (workflow_id, _id, queue, priority, ts_due, attempt, lease_fence)
VALUES (
  :workflow_id,
  :id,
  coalesce(:queue, :name),
  coalesce(cast(:priority AS INTEGER), 0),
  coalesce(max(:ts_due, :now), :now),
  cast(:attempt AS INTEGER),
  cast(:lease_fence AS INTEGER)
))";

constexpr const char* remove_agenda_sql = R"(
DELETE FROM workflow_agenda
WHERE workflow_id = :workflow_id
  AND _id = :id)";

// The fence of a row that comes back is above those of all its holders: the last may hold a lease
// that no row knows of any more.
constexpr const char* return_agenda_sql = R"(
INSERT INTO workflow_agenda (workflow_id, _id, queue, priority, ts_due, attempt, lease_fence)
SELECT
  workflow_id,
  _id,
  coalesce(queue, name),
  coalesce(priority, 0),
  coalesce(max(:ts_due, :now), :now),
  coalesce(cast(:attempt AS INTEGER), attempt),
  max(lease_fence + 1, cast(:fence_min AS INTEGER))
FROM workflow_task
WHERE workflow_id = :workflow_id
  AND _id = :id)";

constexpr const char* postpone_agenda_sql = R"(
UPDATE workflow_agenda
SET ts_due = coalesce(max(:ts_due, :now), :now)
WHERE workflow_id = :workflow_id
  AND _id = :id)";

constexpr std::string_view unclaimed_sql = R"(FROM workflow_agenda AS a
WHERE a.queue = :queue
  AND a.priority = cast(:priority AS INTEGER)
  AND (a.ts_due, a._id) > (:after_due, :after_id)
  AND (a.ts_due, a._id) <= (:until_due, :until_id)
  AND (a.lease_until IS NULL OR a.lease_until <= :now)
ORDER BY a.ts_due, a._id)";

constexpr std::string_view head_sql = R"(
SELECT a.ts_due
{unclaimed}
LIMIT 1)";

constexpr std::string_view pick_sql = R"(
SELECT {row}
FROM (
  SELECT a.*, t.attempts_max, t.ts_expire, t.name, t.step_id, t.input, w.wfdef_key, w.wfdef_rev,
    w.resource_name, w.resource_id, w.status AS workflow_status
  FROM (
    SELECT a.workflow_id, a._id, a.ts_due, a.attempt + 1 AS attempt,
      a.lease_fence + 1 AS lease_fence, :now AS ts_start, a.progress
    {unclaimed}
    LIMIT cast(:tasks_max AS INTEGER)
  ) AS a
  CROSS JOIN workflow_task AS t ON t.workflow_id = a.workflow_id AND t._id = a._id
  CROSS JOIN workflow AS w ON w._id = a.workflow_id
) AS c)";

constexpr const char* lease_sql = R"(
UPDATE workflow_agenda
SET attempt = attempt + 1,
  lease_fence = lease_fence + 1,
  lease_until = :lease_until,
  lease_owner = :owner,
  ts_start = :now
WHERE workflow_id = :workflow_id
  AND _id = :id)";

constexpr const char* next_due_sql = R"(
SELECT min(a.ts_due)
FROM workflow_agenda AS a
WHERE a.queue = :queue
  AND a.priority = cast(:priority AS INTEGER)
  AND a.ts_due > :now)";

constexpr const char* remove_slots_sql = R"(
DELETE FROM workflow_slot
WHERE queue = :queue
  AND slot > cast(:most AS INTEGER))";

constexpr const char* add_slots_sql = R"(
WITH RECURSIVE number(n) AS (
  SELECT 1
  UNION ALL
  SELECT n + 1 FROM number WHERE n < cast(:most AS INTEGER)
)
INSERT INTO workflow_slot (queue, slot)
SELECT :queue, n
FROM number
WHERE n <= cast(:most AS INTEGER)
ON CONFLICT DO NOTHING)";

constexpr const char* limit_of_sql = R"(
SELECT count(*)
FROM workflow_slot
WHERE queue = :queue)";

constexpr const char* limit_rate_sql = R"(
INSERT INTO workflow_rate (queue, tasks, period, burst)
VALUES (:queue, cast(:tasks AS INTEGER), cast(:period AS INTEGER), cast(:burst AS INTEGER))
ON CONFLICT (queue) DO UPDATE
SET tasks = excluded.tasks,
  period = excluded.period,
  burst = excluded.burst)";

constexpr const char* remove_rate_sql = R"(
DELETE FROM workflow_rate
WHERE queue = :queue)";

constexpr const char* rate_of_sql = R"(
SELECT tasks, period, burst, spent_until
FROM workflow_rate
WHERE queue = :queue)";

constexpr const char* spend_rate_sql = R"(
UPDATE workflow_rate
SET spent_until = :spent_until
WHERE queue = :queue)";

// A slot is free when its task is no longer under the lease that took it.
constexpr const char* free_slots_sql = R"(
SELECT s.slot
FROM workflow_slot AS s
WHERE s.queue = :queue
  AND NOT EXISTS (
    SELECT 1
    FROM workflow_agenda AS a
    WHERE a.workflow_id = s.workflow_id
      AND a._id = s.task_id
      AND a.lease_fence = s.lease_fence
      AND a.lease_until > :now
  )
LIMIT cast(:tasks_max AS INTEGER))";

constexpr const char* fill_slot_sql = R"(
UPDATE workflow_slot
SET workflow_id = :workflow_id,
  task_id = :id,
  lease_fence = cast(:fence AS INTEGER)
WHERE queue = :queue
  AND slot = cast(:slot AS INTEGER))";

// A lease that has ended is renewed, unless its slot may be another's by now. It also moves ts_due,
// so that what runs for long leaves the front of the index, where claims look.
constexpr const char* renew_sql = R"(
UPDATE workflow_agenda
SET lease_until = :lease_until,
  ts_due = :lease_until,
  progress = coalesce(:progress, progress)
WHERE workflow_id = :workflow_id
  AND _id = :id
  AND lease_fence = cast(:fence AS INTEGER)
  AND lease_until IS NOT NULL
  AND (
    lease_until > :now
    OR NOT EXISTS (SELECT 1 FROM workflow_slot AS s WHERE s.queue = workflow_agenda.queue)
  )
RETURNING 1)";

constexpr const char* end_sql = R"(
DELETE FROM workflow_agenda
WHERE workflow_id = :workflow_id
  AND _id = :id
  AND lease_fence = cast(:fence AS INTEGER)
  AND lease_until IS NOT NULL
RETURNING lease_owner, ts_start)";

constexpr const char* end_task_sql = R"(
UPDATE workflow_task
SET status = :status,
  attempt = cast(:attempt AS INTEGER),
  result = :result,
  error = :error,
  ts_start = :ts_start,
  ts_end = :now,
  lease_owner = :owner,
  lease_fence = cast(:fence AS INTEGER)
WHERE workflow_id = :workflow_id
  AND _id = :id
  AND status = 'SCHEDULED')";

constexpr const char* postpone_sql = R"(
UPDATE workflow_agenda
SET ts_due = :ts_due,
  attempt = cast(:attempt AS INTEGER),
  lease_until = NULL,
  lease_owner = NULL,
  ts_start = NULL,
  progress = coalesce(:progress, progress)
WHERE workflow_id = :workflow_id
  AND _id = :id
  AND lease_fence = cast(:fence AS INTEGER)
  AND lease_until IS NOT NULL
RETURNING 1)";

constexpr const char* postpone_task_sql = R"(
UPDATE workflow_task
SET attempt = cast(:attempt AS INTEGER),
  error = :error,
  lease_owner = :owner,
  lease_fence = cast(:fence AS INTEGER)
WHERE workflow_id = :workflow_id
  AND _id = :id)";

constexpr const char* owner_sql = R"(
SELECT lease_owner
FROM workflow_agenda
WHERE workflow_id = :workflow_id
  AND _id = :id)";

// A task that is gone was deleted with its workflow.
constexpr const char* why_sql = R"(
SELECT CASE
    WHEN t.status IS NULL THEN 'cancelled'
    WHEN a.lease_fence = cast(:fence AS INTEGER) AND a.lease_until IS NOT NULL THEN 'lost'
    WHEN a.lease_fence = cast(:fence AS INTEGER) THEN 'settled'
    WHEN a.lease_fence IS NULL AND t.lease_fence = cast(:fence AS INTEGER)
      AND t.status <> 'CANCELLED' THEN 'settled'
    WHEN t.status = 'CANCELLED' THEN 'cancelled'
    ELSE 'lost'
  END
FROM (SELECT 1) AS one
LEFT JOIN workflow_task AS t ON t.workflow_id = :workflow_id AND t._id = :id
LEFT JOIN workflow_agenda AS a ON a.workflow_id = :workflow_id AND a._id = :id)";

std::string of_unclaimed(std::string_view sql) {
  return fmt::format(fmt::runtime(sql), "unclaimed"_a = unclaimed_sql);
}

}  // namespace

agenda_statements::agenda_statements()
    : insert{insert_agenda_sql,
             {"workflow_id", "id", "queue", "name", "priority", "ts_due", "attempt", "lease_fence",
              "now"},
             0},
      remove{remove_agenda_sql, {"workflow_id", "id"}, 0},
      give_back{
          return_agenda_sql, {"workflow_id", "id", "ts_due", "attempt", "fence_min", "now"}, 0},
      postpone{postpone_agenda_sql, {"workflow_id", "id", "ts_due", "now"}, 0} {
  const auto open_task = [](std::string_view more) {
    return fmt::format(open_task_sql, "more"_a = more);
  };
  is_open = {open_task(""), {"workflow_id", "id"}, 1};
  is_unclaimed = {open_task("\n  AND lease_until IS NULL"), {"workflow_id", "id"}, 1};
  is_leased = {open_task("\n  AND lease_until IS NOT NULL\n  AND lease_fence = "
                         "cast(:lease_fence AS INTEGER)"),
               {"workflow_id", "id", "lease_fence"},
               1};
}

task_statements::task_statements() {
  const std::vector<std::string> place{"queue",     "priority", "after_due", "after_id",
                                       "until_due", "until_id", "now"};
  head = {of_unclaimed(head_sql), place, 1};
  std::vector<std::string> picked = place;
  picked.push_back("tasks_max");
  pick = {fmt::format(pick_sql, "row"_a = object_of(leased_task_description(), "c"),
                      "unclaimed"_a = unclaimed_sql),
          std::move(picked), 1};
  lease = {lease_sql, {"workflow_id", "id", "lease_until", "owner", "now"}, 0};
  next_due = {next_due_sql, {"queue", "priority", "now"}, 1};
  renew = {renew_sql, {"workflow_id", "id", "fence", "lease_until", "progress", "now"}, 1};
  remove_slots = {remove_slots_sql, {"queue", "most"}, 0};
  add_slots = {add_slots_sql, {"queue", "most"}, 0};
  limit_of = {limit_of_sql, {"queue"}, 1};
  limit_rate = {limit_rate_sql, {"queue", "tasks", "period", "burst"}, 0};
  remove_rate = {remove_rate_sql, {"queue"}, 0};
  rate_of = {rate_of_sql, {"queue"}, 4};
  spend_rate = {spend_rate_sql, {"queue", "spent_until"}, 0};
  free_slots = {free_slots_sql, {"queue", "now", "tasks_max"}, 1};
  fill_slot = {fill_slot_sql, {"queue", "slot", "workflow_id", "id", "fence"}, 0};
  end = {end_sql, {"workflow_id", "id", "fence"}, 2};
  end_task = {end_task_sql,
              {"workflow_id", "id", "status", "attempt", "result", "error", "ts_start", "now",
               "owner", "fence"},
              0};
  postpone = {postpone_sql, {"workflow_id", "id", "fence", "attempt", "ts_due", "progress"}, 1};
  postpone_task = {
      postpone_task_sql, {"workflow_id", "id", "attempt", "error", "owner", "fence"}, 0};
  owner = {owner_sql, {"workflow_id", "id"}, 1};
  why = {why_sql, {"workflow_id", "id", "fence"}, 1};
  list = task_list_statements{{.agenda = "workflow_agenda",
                               .task = "workflow_task",
                               .workflow = "workflow",
                               .row = object_of(listed_task_description(), "c"),
                               .now = ":now",
                               .uuid = "TEXT",
                               .time = "TEXT",
                               .integer = "INTEGER"}};
}

}  // namespace nava::persistence::sqlite
