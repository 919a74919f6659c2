// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <utility>
#include <vector>

namespace nava::benchmarks {

/// Durations of one operation, each measured alone.
class samples {
 public:
  using clock = std::chrono::steady_clock;

  template <class Operation>
  void time(Operation&& operation) {
    const auto begin = clock::now();
    std::forward<Operation>(operation)();
    add(clock::now() - begin);
  }

  void add(std::chrono::nanoseconds value) { values_.push_back(value); }
  void add(const samples& others);

  /// The value that `share` (0 to 1) of the samples do not exceed, in milliseconds; 0 of none.
  [[nodiscard]] double percentile_ms(double share) const;
  [[nodiscard]] double total_s() const;
  [[nodiscard]] std::size_t count() const { return values_.size(); }

 private:
  std::vector<std::chrono::nanoseconds> values_;
};

/// The middle of an odd number of values, the mean of the middle two of an even one; 0 of none.
[[nodiscard]] double median(std::vector<double> values);

}  // namespace nava::benchmarks
