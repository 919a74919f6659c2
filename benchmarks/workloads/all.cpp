// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

workload cascade_delete();

const std::vector<workload>& all_workloads() {
  static const std::vector<workload> all{cascade_delete()};
  return all;
}

}  // namespace nava::benchmarks
