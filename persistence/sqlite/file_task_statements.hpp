// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/connection/statement.hpp"
#include "persistence/tasks/listed_task.hpp"

/// The statements on the agenda of a SQLite file, a statement a row within one transaction.
namespace nava::persistence::sqlite {

/// What a unit does to the agenda besides its tasks. The parameters are columns of a task, and
/// `now`.
struct agenda_statements {
  agenda_statements();

  /// Of the workflow, of the task (of its lease) -> a row where the task is open; unclaimed; under
  /// a lease with that fence.
  statement is_open, is_unclaimed, is_leased;
  statement insert;     ///< workflow_id, _id, queue, name, priority, ts_due, attempt, fence, now
  statement remove;     ///< workflow_id, _id
  statement give_back;  ///< workflow_id, _id, ts_due, attempt (none: as it is), least fence, now
  statement postpone;   ///< workflow_id, _id, ts_due, now
};

/// The statements of task_queue.
struct task_statements {
  task_statements();

  statement head;           ///< queue, priority, place, until, now -> when the first is due
  statement pick;           ///< the same, tasks_max -> leased_task as JSON
  statement lease;          ///< workflow, id, end of the lease, owner, now
  statement next_due;       ///< queue, priority, now -> time
  statement remove_slots;   ///< queue, the most
  statement add_slots;      ///< queue, the most
  statement limit_of;       ///< queue -> the most
  statement limit_rate;     ///< queue, tasks, period, burst
  statement remove_rate;    ///< queue
  statement rate_of;        ///< queue -> tasks, period, burst, spent_until; none without a rate
  statement spend_rate;     ///< queue, spent_until
  statement free_slots;     ///< queue, now, tasks_max -> slot
  statement fill_slot;      ///< queue, slot, workflow, id, fence
  statement renew;          ///< workflow, id, fence, end of the lease, progress, now -> a row
  statement end;            ///< workflow, id, fence -> owner, start
  statement end_task;       ///< workflow, id, status, attempt, result, error, start, now, owner,
                            ///< fence
  statement owner;          ///< workflow, id -> who holds the lease
  statement postpone;       ///< workflow, id, fence, attempt, due -> a row
  statement postpone_task;  ///< workflow, id, attempt, error, owner, fence
  statement why;            ///< workflow, id, fence -> why
  task_list_statements list;
};

}  // namespace nava::persistence::sqlite
