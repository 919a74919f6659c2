// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/measure.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nava::benchmarks {

void samples::add(const samples& others) {
  values_.insert(values_.end(), others.values_.begin(), others.values_.end());
}

double samples::percentile_ms(double share) const {
  if (values_.empty()) return 0;
  auto sorted = values_;
  const auto rank = std::ceil(share * static_cast<double>(sorted.size()));
  const auto at = static_cast<std::size_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(sorted.begin(), sorted.begin() + static_cast<std::ptrdiff_t>(at), sorted.end());
  return std::chrono::duration<double, std::milli>(sorted[at]).count();
}

double samples::total_s() const {
  return std::chrono::duration<double>(
             std::accumulate(values_.begin(), values_.end(), std::chrono::nanoseconds{0}))
      .count();
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace nava::benchmarks
