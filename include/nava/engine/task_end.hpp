// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/event.hpp>
#include <nava/schema/workflow_rows.hpp>

namespace nava::engine {

/// How a task ended. A value: threads may read one object.
struct task_end {
  /// What add_task() returned.
  uuid id{};
  /// The name that add_task() got.
  std::string name;
  schema::task_status status = schema::task_status::completed;  ///< COMPLETED or FAILED
  payload result{};                    ///< what its handler returned; empty where it failed
  std::optional<std::string> error{};  ///< why the last attempt failed
  std::int64_t attempt = 1;            ///< attempts that were made

  /// Returns whether the task is COMPLETED.
  [[nodiscard]] bool succeeded() const { return status == schema::task_status::completed; }
};

/// The attempt that ended a task: what its row keeps beside its end.
struct task_attempt {
  std::int64_t lease_fence = 0;  ///< 0: it ended without a lease, as the task of a child does
  std::string lease_owner;       ///< the name of the worker
  timestamp ts_start{};          ///< when the worker claimed the task
};

}  // namespace nava::engine
