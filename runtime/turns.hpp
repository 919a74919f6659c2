// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <nava/engine/event.hpp>
#include <nava/workflow/deadline.hpp>
#include <optional>
#include <unordered_map>
#include <utility>

namespace nava {

/// Queues the calls of this process that decide on one resource, first come, first served, so that
/// they do not race each other: of decisions made at the same time all but one are made in vain.
/// It is for speed only; what keeps decisions apart is the revision. Thread-safe.
class turns {
 public:
  /// The right to decide, until it goes out of scope.
  class turn {
   public:
    turn(turn&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)),
          key_(other.key_),
          has_waited_(other.has_waited_) {}
    turn& operator=(turn&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(key_, other.key_);
      std::swap(has_waited_, other.has_waited_);
      return *this;
    }
    ~turn();

    /// Whether the call waited for another one, which has changed what was read before.
    [[nodiscard]] bool has_waited() const { return has_waited_; }

   private:
    friend turns;
    turn(turns* of, std::size_t key, bool has_waited)
        : of_(of), key_(key), has_waited_(has_waited) {}

    turns* of_;  // null: the thread has a turn already
    std::size_t key_;
    bool has_waited_;
  };

  /// Waits for the turn of this call; nothing if it does not come before the deadline. A thread
  /// that has a turn, as where a handler calls the runtime, waits for no other: two that did could
  /// wait for each other.
  [[nodiscard]] std::optional<turn> take(const resource& about, deadline limit);

  /// Calls that wait.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct waiter {
    std::condition_variable called;
    bool has_turn = false;
  };
  using queue = std::deque<waiter*>;

  void pass_on(std::size_t key);

  mutable std::mutex mutex_;
  // By the hash of a resource: two that share one only wait for each other.
  std::unordered_map<std::size_t, queue> queues_;
  std::size_t waiting_ = 0;
};

}  // namespace nava
