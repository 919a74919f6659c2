// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/task_queue.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/connection/connection.hpp"

/// Rates of queues, as statements take and return them.
namespace nava::persistence {

/// Throws error (invalid_input) for what no queue can have.
void check_rate(std::string_view queue, const std::optional<task_rate>& rate);

struct rate_arguments {
  explicit rate_arguments(const task_rate& rate);

  std::string tasks, period, burst;
};

/// Returns what begins a row of workflow_rate after its queue; none without a row.
[[nodiscard]] std::optional<task_rate> rate_from(const std::vector<connection::row>& rows);

/// A bucket that is told by one instant: each task that begins moves it on by the time between two,
/// and `burst` of them may be ahead of the clock.
class rate_bucket {
 public:
  rate_bucket(const task_rate& rate, const std::optional<timestamp>& spent_until, timestamp now);

  /// Returns how many tasks may begin now.
  [[nodiscard]] std::size_t free() const;
  /// Returns how long it is until one may begin.
  [[nodiscard]] std::chrono::microseconds wait() const;
  /// Returns the instant after so many have begun now.
  [[nodiscard]] timestamp spent_after(std::size_t tasks) const;

 private:
  [[nodiscard]] std::chrono::microseconds time_of(std::size_t tasks) const;

  task_rate rate_;
  timestamp now_, spent_until_;
};

}  // namespace nava::persistence
