// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <nava/workflow/deadline.hpp>

namespace nava {

/// Tells the threads of a process that its runtime has stored what they wait for. Thread-safe.
class wake_signal {
 public:
  void raise() {
    const std::lock_guard lock{mutex_};
    ++raised_;
    changed_.notify_all();
  }

  /// Returns what wait() waits to be exceeded.
  [[nodiscard]] std::uint64_t raised() const {
    const std::lock_guard lock{mutex_};
    return raised_;
  }

  /// Waits until it is raised beyond `seen`, or the deadline.
  void wait(std::uint64_t seen, deadline limit) {
    std::unique_lock lock{mutex_};
    changed_.wait_until(lock, limit.at(), [&] { return raised_ > seen; });
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t raised_ = 0;
};

}  // namespace nava
