// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {

/// One of several ways to do the same thing.
struct contender {
  std::string name;
  std::function<void()> operation;  ///< what is timed; it takes what it needs by itself
  double rows = 0;                  ///< that one operation writes or deletes
  /// Of one round; one that is slower has fewer samples than the others, at least one.
  double seconds_max = std::numeric_limits<double>::infinity();
  std::function<void()> prepare{};  ///< before each operation, not timed; may be empty
};

struct interleaving {
  std::int64_t operations = 1;  ///< of each contender
  std::int64_t warm_up = 0;     ///< of each contender before those, thrown away
  int round = 0;                ///< from 0; the order is turned around in every second
};

/// Runs the contenders in turn, A B A B, one operation each, on this thread, so that what else the
/// machine does meets all of them. The figures are in the order of the contenders.
[[nodiscard]] std::vector<figures> interleave(const std::vector<contender>& contenders,
                                              const interleaving& how);

}  // namespace nava::benchmarks
