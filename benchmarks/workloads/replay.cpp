// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <chrono>
#include <nava/runtime/runtime.hpp>
#include <stdexcept>

#include "benchmarks/approval.hpp"
#include "benchmarks/resident.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::int64_t events_per_sample = 200;

struct started {
  nava::resource about;
  uuid id;
};

std::vector<started> start_all(nava::runtime& runtime, std::int64_t workflows) {
  std::vector<started> all;
  for (std::int64_t i = 0; i < workflows; ++i) {
    auto about = approval_of(i);
    const auto id = runtime.start(approval().key(), about).workflow_id;
    all.push_back({std::move(about), id});
  }
  return all;
}

void deliver(nava::runtime& runtime, const started& to, std::int64_t ordinal) {
  const auto outcomes = runtime.deliver(answer(to.about, to.id, ordinal));
  if (outcomes.size() != 1 || outcomes.front().result != nava::delivery::applied)
    throw std::runtime_error{"an event that was new was not applied"};
}

void run(const options& given, report& out) {
  nava::runtime runtime{given.url, {approval()}, {.store = {.schema = given.schema}}};
  const auto workflows = start_all(runtime, given.workflows);
  out.fact("workflows_started", given.workflows);
  out.chart(metric::per_second);

  resident_memory memory;
  std::int64_t delivered = 0;
  for (int round = 0; round < given.rounds; ++round) {
    samples timed;
    for (const auto end = given.events * (round + 1) / given.rounds; delivered < end; ++delivered) {
      const auto at = static_cast<std::size_t>(delivered % given.workflows);
      timed.time([&] { deliver(runtime, workflows[at], delivered / given.workflows); });
      if (delivered % events_per_sample == 0) memory.sample();
    }
    out.add_round({figures_of("nava", timed)});
  }
  memory.sample();
  out.fact("events_delivered", delivered);
  out.add({"resident memory, peak", "MiB", {memory.peak()}, {}});
  out.add({"resident memory, second half above the first", "MiB", {memory.growth()}, {}});
  out.note("the events go round the workflows in turn");
}

}  // namespace

workload replay() {
  return {"replay",
          "events through a runtime, one after the other; memory",
          {"nava"},
          {option::workflows, option::events},
          {.workflows = 1000},
          &run};
}

}  // namespace nava::benchmarks
