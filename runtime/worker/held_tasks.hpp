// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <vector>

#include "runtime/worker/held_task.hpp"

namespace nava {

using held_pointer = std::shared_ptr<held_task>;
using lease_losses = std::vector<std::optional<persistence::lease_loss>>;

/// A task whose attempt is over, and how its lease is to be settled.
struct ended_task {
  held_pointer task;
  persistence::settlement how;
};

/// The tasks that a worker holds, from their claim until their end is stored: they wait for a
/// thread, run, or are to be settled. Thread-safe; never asks the database.
class held_tasks {
 public:
  /// `lease`: the longest time between two renewals is a third of it.
  held_tasks(std::size_t tasks_max, std::chrono::milliseconds lease)
      : tasks_max_(tasks_max), lease_(lease) {}

  enum class kind { any, own };  ///< own: the runtime's

  /// How many more tasks may be held, of one kind, and are being claimed until `take()`.
  struct room {
    std::size_t tasks = 0;  ///< 0: the worker stops
    kind of = kind::any;
  };
  /// Waits for room. Where there is none for tasks of the application, there is for the runtime's
  /// own, after `patience`: their times come, however many others wait.
  [[nodiscard]] room await_room(std::chrono::milliseconds patience);
  /// Takes what was claimed. What has a delay is not run here, but given back.
  void take(std::span<const held_pointer> claimed,
            std::span<const std::optional<std::chrono::milliseconds>> delays);

  /// Waits for a task of this kind, which begins; null when the worker stops.
  [[nodiscard]] held_pointer next_to_run(kind which);
  /// The task is to be settled, unless it was dropped.
  void hand_over(const held_pointer& task, persistence::settlement how);
  /// The ends of the tasks are stored, or never will be.
  void forget(std::span<const held_pointer> tasks);

  /// Waits for tasks to settle; none when the worker is over.
  [[nodiscard]] std::vector<ended_task> next_to_settle();
  /// They are to be settled again, after what has ended since.
  void put_back(std::span<const ended_task> batch);

  /// Waits for leases that want to be renewed; none when the worker is over. Asks those to stop
  /// whose time is over, and renews their leases no more.
  [[nodiscard]] std::vector<held_pointer> next_to_renew();
  /// Notes what became of leases whose renewal began at `at`. Asks those to stop that are lost.
  void note_renewed(std::span<const held_pointer> renewed, const lease_losses& lost,
                    held_task::clock::time_point at);

  /// Nothing is claimed or begun any more; what waits is given back.
  void stop();
  /// Returns whether nothing was held before `limit`. Only after stop().
  [[nodiscard]] bool await_nothing_held(deadline limit);
  /// Gives back what runs. A handler that comes back later finds its task dropped.
  void drop_running();
  /// Leaves what is held to its leases: every wait ends.
  void abandon();

 private:
  void hold(const held_pointer& task);
  void let_go(const held_pointer& task);
  [[nodiscard]] held_pointer take_first(std::deque<held_pointer>& of);
  void stopped_running(const held_pointer& task);
  void wake_all();
  [[nodiscard]] bool is_empty() const { return held_.empty() && !is_claiming_; }
  [[nodiscard]] bool is_over() const { return abandoned_ || (stopping_ && is_empty()); }
  void end(const held_pointer& task, persistence::settlement how);

  const std::size_t tasks_max_;
  const std::chrono::milliseconds lease_;
  std::mutex mutex_;
  // One for each kind of wait: with many threads, waking all of them costs more than most tasks.
  std::condition_variable has_room_, to_run_, to_settle_, to_renew_, holds_nothing_;
  bool stopping_ = false;
  bool abandoned_ = false;
  bool is_claiming_ = false;     ///< leases may come
  std::set<held_pointer> held_;  ///< every lease
  std::size_t own_held_ = 0;     ///< of them, those of the runtime's own tasks
  /// Of the keeper of leases, who is woken where a time limit comes before it.
  held_task::clock::time_point next_look_at_leases_{};
  std::set<held_pointer> running_;  ///< those whose ends are decisions
  std::multiset<uuid> busy_;        ///< the workflows of those
  std::deque<held_pointer> waiting_;
  std::deque<held_pointer> waiting_own_;
  std::deque<ended_task> ended_;
};

}  // namespace nava
