// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/connection/statement.hpp"

/// The statements of task_queue on SQLite, a statement a row within one transaction.
namespace nava::persistence::sqlite {

struct task_statements {
  task_statements();

  statement head;             ///< queue, priority, place, until, now -> when the first is due
  statement pick;             ///< the same, tasks_max -> leased_task as JSON
  statement lease;            ///< workflow, id, end of the lease, owner, now
  statement first_unclaimed;  ///< queue, priority, place, until, now -> time and id of a place
  statement next_due;         ///< queue, priority, now -> time
  statement renew;            ///< workflow, id, fence, end of the lease, progress -> a row
  statement end;              ///< workflow, id, fence -> owner, start
  statement end_task;         ///< workflow, id, status, attempt, result, error, start, now, owner,
                              ///< fence
  statement owner;            ///< workflow, id -> who holds the lease
  statement postpone;         ///< workflow, id, fence, attempt, due -> a row
  statement postpone_task;    ///< workflow, id, attempt, error, owner, fence
  statement why;              ///< workflow, id, fence -> why
};

}  // namespace nava::persistence::sqlite
