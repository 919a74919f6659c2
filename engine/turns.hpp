// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <nava/engine/event.hpp>
#include <nava/persistence/deadline.hpp>
#include <optional>
#include <thread>
#include <unordered_map>
#include <utility>

namespace nava::engine {

/// Queues the calls of this process that decide on one resource, first come, first served, so that
/// they do not race each other: of decisions made at the same time all but one are made in vain.
/// It is for speed only; what keeps decisions apart is the revision. Thread-safe.
class turns {
  struct queue;

 public:
  /// The right to decide, until it goes out of scope.
  class turn {
   public:
    turn(turn&& other) noexcept : of_(std::exchange(other.of_, nullptr)), key_(other.key_) {}
    turn& operator=(turn&& other) noexcept {
      std::swap(of_, other.of_);
      std::swap(key_, other.key_);
      return *this;
    }
    ~turn();

   private:
    friend turns;
    turn(turns* of, std::size_t key) : of_(of), key_(key) {}

    turns* of_;  // null: the thread had it already
    std::size_t key_;
  };

  /// Waits for the turn of this call; nothing if it does not come before the deadline. A thread
  /// that has the turn already, as where a handler calls the runtime, does not wait for itself.
  [[nodiscard]] std::optional<turn> take(const resource& about, persistence::deadline limit);

  /// Calls that wait.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct waiter {
    std::condition_variable called;
    std::thread::id thread = std::this_thread::get_id();
    bool has_turn = false;
  };
  struct queue {
    std::thread::id holder;
    std::deque<waiter*> waiting;
  };

  void pass_on(std::size_t key);

  mutable std::mutex mutex_;
  // By the hash of a resource: two that share one only wait for each other.
  std::unordered_map<std::size_t, queue> queues_;
  std::size_t waiting_ = 0;
};

}  // namespace nava::engine
