// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

workload cascade_delete();
workload coalesce();
workload commit();
workload contention();
workload event();
workload held();
workload inbox();
workload load_one();
workload mixed();
workload purge();
workload replay();
workload snapshot();
workload start();
workload tasks();
workload timers();
workload worklist();

const std::vector<workload>& all_workloads() {
  static const std::vector<workload> all{cascade_delete(), purge(),      commit(),   coalesce(),
                                         event(),          load_one(),   start(),    replay(),
                                         mixed(),          contention(), held(),     tasks(),
                                         inbox(),          timers(),     snapshot(), worklist()};
  return all;
}

}  // namespace nava::benchmarks
