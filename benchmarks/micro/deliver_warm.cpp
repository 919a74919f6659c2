// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include "benchmarks/approvals.hpp"
#include "support/store_decorator.hpp"

namespace {

using namespace nava;
using namespace nava::benchmarks;

// Takes every commit at once, so that what is left to measure is what the runtime does.
class indifferent_store : public test::store_decorator {
 public:
  using store_decorator::store_decorator;
  commit_result commit(const unit_of_work&, deadline) override { return commit_result::applied; }
};

// An event from end to end but for the database: route, find the workflow, decide, keep.
void deliver_warm(benchmark::State& run) {
  const auto stored = std::make_shared<indifferent_store>(
      std::shared_ptr{persistence::open_store(persistence::database_url{"sqlite::memory:"})});
  runtime running{stored, {approval()}, {.cache_workflows = 1}};
  auto happened = approvals{running, 0, 1}.next();
  std::int64_t number = 0;
  for (auto _ : run) {
    happened.key = "answer-" + std::to_string(++number);
    deliver(running, happened);
  }
}
BENCHMARK(deliver_warm)->Arg(approval_steps)->Unit(benchmark::kMicrosecond);

}  // namespace
