// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <nava/schema/types.hpp>
#include <utility>

#include "runtime/worker/task_result.hpp"

namespace nava {

/// How often a worker has passed over tasks that it cannot run. One thread at a time.
class pass_counts {
 public:
  using clock = std::chrono::steady_clock;

  /// For how long a task is left to others: `first_pass`, and by as much longer each time, up to
  /// `put_off`. Of more than `remembered_max` tasks, the last to come are put off at once.
  std::chrono::milliseconds next_delay(const uuid& task, clock::time_point now = clock::now()) {
    // A task that is still there comes back within `put_off`: what has not come twice as long is
    // forgotten.
    if (now - begun_ >= 2 * put_off) {
      before_ = std::exchange(counts_, {});
      begun_ = now;
    }
    if (counts_.size() >= remembered_max && !counts_.contains(task)) return put_off;
    const auto known = counts_.try_emplace(task, before_.contains(task) ? before_.at(task) : 0);
    return std::min(first_pass * ++known.first->second, put_off);
  }

  static constexpr std::size_t remembered_max = 50'000;

 private:
  std::map<uuid, int> counts_, before_;
  clock::time_point begun_ = clock::now();
};

}  // namespace nava
