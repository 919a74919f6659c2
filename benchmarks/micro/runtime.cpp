// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "benchmarks/micro/workflows.hpp"
#include "support/faulty_store.hpp"

namespace {

using namespace nava;
using namespace nava::micro;
using nava::commit_result;

// Takes every commit at once, so that what is left to measure is what the runtime does.
class indifferent_store : public test::store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const nava::unit_of_work&, nava::deadline) override {
    return commit_result::applied;
  }
};

// An event from end to end but for the database: route, find the workflow, decide, keep.
void deliver_warm(benchmark::State& run) {
  const definition how = measured_definition(static_cast<int>(run.range(0)));
  const auto stored = std::make_shared<indifferent_store>(
      std::shared_ptr{persistence::open_store(database_url{"sqlite::memory:"})});
  runtime_options options;
  options.cache_workflows = 1000;
  runtime running{stored, {how}, options};
  const uuid id = running.start("measured", {"case", "4711"}, {{"amount", 120}}).workflow_id;
  const engine::decision before{{}, stored->load(id, {}).value().state};
  std::int64_t number = 0;
  for (auto _ : run) running.deliver(tick(before, ++number));
}
BENCHMARK(deliver_warm)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

}  // namespace
