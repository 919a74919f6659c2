// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <utility>
#include <vector>

namespace nava::benchmarks {

/// Durations of one operation, each measured alone.
class samples {
 public:
  template <class Operation>
  void time(Operation&& operation) {
    const auto begin = std::chrono::steady_clock::now();
    std::forward<Operation>(operation)();
    values_.push_back(std::chrono::steady_clock::now() - begin);
  }

  /// The value that `share` (0 to 1) of the samples do not exceed, in milliseconds.
  [[nodiscard]] double percentile_ms(double share) const;
  [[nodiscard]] double total_s() const;
  [[nodiscard]] std::size_t count() const { return values_.size(); }

 private:
  std::vector<std::chrono::nanoseconds> values_;
};

[[nodiscard]] double median(std::vector<double> values);

}  // namespace nava::benchmarks
