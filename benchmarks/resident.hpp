// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

namespace nava::benchmarks {

/// Memory of this process that is in RAM now, in MiB, from /proc/self/statm.
[[nodiscard]] double resident_mib();

/// Resident memory over a run, sampled as it goes.
class resident_memory {
 public:
  void sample() { samples_.push_back(resident_mib()); }

  [[nodiscard]] double peak() const;
  /// How much the peak of the last half lies above that of the first: what a leak would show.
  [[nodiscard]] double growth() const;

 private:
  std::vector<double> samples_;
};

}  // namespace nava::benchmarks
