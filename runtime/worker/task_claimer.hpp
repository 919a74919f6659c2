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
  /// `request` has owner, lease and step; its lanes are made here.
  task_claimer(persistence::task_queue& queue, const std::vector<std::string>& queues,
               persistence::claim_request request);

  enum class which { any, own };  ///< own: the runtime's

  /// Leases up to `tasks_max` tasks; none where none is due, or others hold them.
  [[nodiscard]] std::vector<persistence::task_lease> claim(std::size_t tasks_max, which tasks);

  /// Returns how long it is until a task is due, by the last claim that got none; at most
  /// `longest`.
  [[nodiscard]] std::chrono::milliseconds until_next_due(std::chrono::milliseconds longest) const;

 private:
  using clock = std::chrono::steady_clock;

  // A lane, its low-water mark, and when it was last looked at below the mark.
  struct marked_lane {
    persistence::agenda_lane lane;
    bool is_own = false;
    clock::time_point last_moved{};
    clock::time_point last_look{};
    clock::time_point last_long_look{};
  };

  [[nodiscard]] persistence::agenda_place begin_of(const marked_lane& lane,
                                                   clock::time_point now) const;
  void note_look(marked_lane& lane, clock::time_point now) const;

  persistence::task_queue& queue_;
  persistence::claim_request request_;
  std::vector<marked_lane> lanes_;
  std::optional<std::chrono::microseconds> next_due_;
};

}  // namespace nava
