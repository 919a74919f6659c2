// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/approvals.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::int64_t events_per_sample = 200;

void run(const options& given, report& out) {
  auto runtime = approval_runtime(given.url);
  approvals workflows{runtime, 0, given.workflows};
  out.chart(metric::per_second);

  resident_memory memory;
  std::int64_t delivered = 0;
  for (std::int64_t round = 0; round < given.rounds; ++round) {
    samples timed;
    for (const auto end = given.events * (round + 1) / given.rounds; delivered < end; ++delivered) {
      timed.time([&] { deliver(runtime, workflows.next()); });
      if (delivered % events_per_sample == 0) memory.sample();
    }
    out.add_round({figures_of("nava", timed)});
  }
  memory.sample();
  out.add({"resident memory, peak", "MiB", {memory.peak()}});
  out.add({"resident memory, second half above the first", "MiB", {memory.growth()}});
}

}  // namespace

workload replay() {
  return {"replay",
          "events through a runtime, to one workflow after the other; memory",
          {"nava"},
          {option::workflows, option::events},
          {.workflows = 1000},
          &run};
}

}  // namespace nava::benchmarks
