// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <nava/schema/text.hpp>
#include <stdexcept>

#include "benchmarks/approvals.hpp"
#include "benchmarks/baseline/inserts.hpp"
#include "benchmarks/run_report.hpp"

namespace nava::benchmarks {
namespace {

// A unit that creates a workflow with the rows that `started` has, and new ids.
nava::unit_of_work copy_of(const nava::workflow_history& started) {
  nava::unit_of_work unit;
  unit.workflow = started.state.workflow;
  unit.workflow.id = nava::new_id();
  unit.workflow.resource_id += "-" + schema::to_text(unit.workflow.id);
  const auto take = [&](auto& rows, const auto& from) {
    rows = from;
    for (auto& row : rows) row.workflow_id = unit.workflow.id;
  };
  take(unit.steps.inserted, started.state.steps);
  take(unit.stages.inserted, started.state.stages);
  take(unit.participants.inserted, started.state.participants);
  take(unit.memory.inserted, std::vector{started.state.memory});
  take(unit.tasks.inserted, started.tasks);
  take(unit.mutations, started.mutations);
  take(unit.messages, started.messages);
  take(unit.events, started.events);
  return unit;
}

void run(const options& given, report& out) {
  auto runtime = approval_runtime(given.url);
  std::int64_t number = 0;
  const auto model = runtime.store().history(start_approval(runtime, number++));
  if (!model) throw std::runtime_error{"a workflow that was started is not there"};
  const auto rows = static_cast<double>(inserted_rows(copy_of(*model)).size());
  const auto insert = plain_inserts(given);

  std::vector<contender> contenders;
  if (given.wants("nava"))
    contenders.push_back({"nava", [&] { start_approval(runtime, number++); }, rows});
  if (given.wants("floor"))
    contenders.push_back({"floor", [&] { insert(inserted_rows(copy_of(*model))); }, rows});
  std::unique_ptr<nava::runtime> remembering;
  if (given.wants("remembering")) {
    remembering = std::make_unique<nava::runtime>(
        approval_runtime(given.url, {.tombstones = {.keep_for = std::chrono::hours{1},
                                                    .one_per_resource = {"benchmark-approval"}}}));
    contenders.push_back({"remembering", [&] { start_approval(*remembering, number++); }, rows});
  }
  std::unique_ptr<nava::runtime> sealing;
  if (given.wants("sealed")) {
    sealing =
        std::make_unique<nava::runtime>(approval_runtime(given.url, {.keys = ring_in_file()}));
    contenders.push_back({"sealed", [&] { start_approval(*sealing, number++); }, rows});
  }
  out.interleave_rounds(contenders);

  out.compare("start: nava / floor, p50", metric::p50_ms, "nava", "floor");
  out.compare("start: with a look for tombstones / without, p50", metric::p50_ms, "remembering",
              "nava");
  out.compare("start: sealed / not, p50", metric::p50_ms, "sealed", "nava");
}

}  // namespace

workload start() {
  return {"start",
          "start a workflow through a runtime",
          {"nava", "floor", "remembering", "sealed"},
          {option::operations, option::warm_up, option::contenders},
          {.operations = 500, .warm_up = 20},
          &run};
}

}  // namespace nava::benchmarks
