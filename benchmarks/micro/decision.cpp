// SPDX-License-Identifier: Apache-2.0
#include <benchmark/benchmark.h>

#include <nava/workflow/id.hpp>

#include "benchmarks/micro/workflows.hpp"

namespace {

using namespace nava;
using namespace nava::micro;

void decide_event(benchmark::State& run, const event& what) {
  const definition how = measured_definition(static_cast<int>(run.range(0)));
  const auto before = started(how);
  for (auto _ : run) {
    auto made = engine::decide(how, before.state, what, noon(), some_id(3));
    benchmark::DoNotOptimize(made);
  }
}

void decide_tick(benchmark::State& run) {
  decide_event(run, tick(started(measured_definition(static_cast<int>(run.range(0)))), 1));
}
BENCHMARK(decide_tick)->Arg(10)->Arg(100)->Arg(500)->Arg(2000)->Unit(benchmark::kMicrosecond);

void decide_task(benchmark::State& run) {
  decide_event(run, {.name = "task",
                     .resource = {"case", "4711"},
                     .key = "mail-1",
                     .data = {{"number", 1}, {"note", "what the answer says"}}});
}
BENCHMARK(decide_task)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

void decide_start(benchmark::State& run) {
  const definition how = measured_definition(static_cast<int>(run.range(0)));
  for (auto _ : run) {
    auto made = started(how);
    benchmark::DoNotOptimize(made);
  }
}
BENCHMARK(decide_start)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

void copy_state(benchmark::State& run) {
  const auto before = started(measured_definition(static_cast<int>(run.range(0))));
  for (auto _ : run) {
    nava::workflow_state copy = before.state;
    benchmark::DoNotOptimize(copy);
  }
}
BENCHMARK(copy_state)->Arg(10)->Arg(100)->Arg(500)->Arg(2000)->Unit(benchmark::kMicrosecond);

// The past of a workflow of so many steps, each of which has ticked once.
std::vector<schema::workflow_mutation> history_of(int steps) {
  const definition how = measured_definition(steps);
  auto now = started(how);
  auto mutations = now.work.mutations;
  for (int i = 0; i < steps; ++i) {
    auto what = tick(now, i);
    what.selector = now.state.steps[static_cast<std::size_t>(i)].selector;
    now = engine::decide(how, now.state, what, noon(), some_id(3));
    mutations.insert(mutations.end(), now.work.mutations.begin(), now.work.mutations.end());
  }
  return mutations;
}

void replay(benchmark::State& run) {
  const auto mutations = history_of(static_cast<int>(run.range(0)));
  for (auto _ : run) {
    auto state = engine::replay(mutations);
    benchmark::DoNotOptimize(state);
  }
  run.counters["mutations"] = static_cast<double>(mutations.size());
}
BENCHMARK(replay)->Arg(10)->Arg(100)->Unit(benchmark::kMicrosecond);

void step_id(benchmark::State& run) {
  for (auto _ : run) {
    auto id = nava::step_id(some_id(1), "approval", 2);
    benchmark::DoNotOptimize(id);
  }
}
BENCHMARK(step_id);

void new_id(benchmark::State& run) {
  for (auto _ : run) {
    auto id = nava::new_id();
    benchmark::DoNotOptimize(id);
  }
}
BENCHMARK(new_id);

}  // namespace
