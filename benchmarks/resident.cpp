// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/resident.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace nava::benchmarks {

double resident_mib() {
  std::ifstream file{"/proc/self/statm"};
  double pages = 0, resident = 0;
  if (!(file >> pages >> resident)) throw std::runtime_error{"cannot read /proc/self/statm"};
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

double resident_memory::peak() const {
  return samples_.empty() ? 0 : *std::max_element(samples_.begin(), samples_.end());
}

double resident_memory::growth() const {
  if (samples_.size() < 2) return 0;
  const auto middle = samples_.begin() + static_cast<std::ptrdiff_t>(samples_.size() / 2);
  return *std::max_element(middle, samples_.end()) - *std::max_element(samples_.begin(), middle);
}

}  // namespace nava::benchmarks
