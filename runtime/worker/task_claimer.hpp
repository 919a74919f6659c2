// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/persistence/task_queue.hpp>
#include <optional>
#include <string>
#include <vector>

namespace nava {

/// Claims tasks of some queues, each with its priorities, and remembers how far it has come: a
/// claim does not pass again over the rows of tasks that are done. Used by one thread.
class task_claimer {
 public:
  /// `request` has queues' names, lease, owner and step; its lanes are made here.
  task_claimer(persistence::task_queue& queue, const std::vector<std::string>& queues,
               persistence::claim_request request);

  /// Leases up to `tasks_max` tasks; none where none is due.
  [[nodiscard]] std::vector<persistence::task_lease> claim(std::size_t tasks_max);

  /// Returns how long it is until the next task is due, at most `longest`.
  [[nodiscard]] std::chrono::milliseconds until_next_due(std::chrono::milliseconds longest);

 private:
  using clock = std::chrono::steady_clock;

  // Where a lane may have tasks below its mark.
  struct look {
    clock::time_point last_moved{};
    clock::time_point last_look{};
    clock::time_point last_long_look{};
  };

  void look_back();
  void look_back_in(std::size_t lane, std::optional<std::chrono::microseconds> only);

  persistence::task_queue& queue_;
  persistence::claim_request request_;
  std::vector<look> looks_;
};

}  // namespace nava
