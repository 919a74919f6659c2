// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

workload cascade_delete();
workload mixed();
workload purge();
workload replay();
workload start();

const std::vector<workload>& all_workloads() {
  static const std::vector<workload> all{cascade_delete(), purge(), start(), replay(), mixed()};
  return all;
}

}  // namespace nava::benchmarks
