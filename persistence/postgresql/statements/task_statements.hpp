// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "persistence/connection/statement.hpp"
#include "persistence/tasks/listed_task.hpp"

/// The statements of task_queue, each one round trip. A lease is three columns of the agenda:
/// claiming changes no index, and a lease that has ended meets the same condition as a task that
/// nobody has claimed.
namespace nava::persistence::postgresql {

struct task_statements {
  explicit task_statements(std::string_view schema);

  /// lanes as JSON, tasks_max, milliseconds of the lease, owner -> lane, leased_task, microseconds
  /// until the next is due, or may begin by the rate of the queue; without a task where others had
  /// locked all of the lane, without a lane where none has a task that is due
  statement claim;
  statement next_due;  ///< lanes as JSON -> microseconds from now
  /// leases as JSON, milliseconds of the lease -> those that were not extended: number, why
  statement renew;
  /// The same, which passes over what others have locked.
  statement renew_around_locks;
  statement settle;  ///< settlements as JSON -> the numbers of those that were not stored
  statement settle_around_locks;
  statement why;  ///< leases as JSON -> number, why
  task_list_statements list;
};

}  // namespace nava::persistence::postgresql
