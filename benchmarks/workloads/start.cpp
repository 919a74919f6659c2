// SPDX-License-Identifier: Apache-2.0
#include <nava/runtime/runtime.hpp>
#include <stdexcept>

#include "benchmarks/approval.hpp"
#include "benchmarks/baseline/inserts.hpp"
#include "benchmarks/interleave.hpp"
#include "benchmarks/workload.hpp"

namespace nava::benchmarks {
namespace {

// A unit that creates a workflow with the rows that `started` has, and new ids.
nava::unit_of_work copy_of(const nava::workflow_history& started) {
  nava::unit_of_work unit;
  unit.workflow = started.state.workflow;
  unit.workflow.id = nava::new_id();
  unit.workflow.resource_id += "-" + schema::to_text(unit.workflow.id);
  unit.steps.inserted = started.state.steps;
  unit.stages.inserted = started.state.stages;
  unit.participants.inserted = started.state.participants;
  unit.memory.inserted = {started.state.memory};
  unit.tasks.inserted = started.tasks;
  unit.mutations = started.mutations;
  unit.messages = started.messages;
  unit.events = started.events;
  const auto give_id = [&](auto& rows) {
    for (auto& row : rows) row.workflow_id = unit.workflow.id;
  };
  give_id(unit.steps.inserted);
  give_id(unit.stages.inserted);
  give_id(unit.participants.inserted);
  give_id(unit.memory.inserted);
  give_id(unit.tasks.inserted);
  give_id(unit.mutations);
  give_id(unit.messages);
  give_id(unit.events);
  return unit;
}

void run(const options& given, report& out) {
  nava::runtime runtime{given.url, {approval()}, {.store = {.schema = given.schema}}};
  std::int64_t number = 0;
  const auto start = [&] {
    const auto started = runtime.start(approval().key(), approval_of(number++));
    if (started.result != nava::delivery::applied)
      throw std::runtime_error{"a workflow that was new was not started"};
    return started.workflow_id;
  };
  const auto model = runtime.store().history(start());
  if (!model) throw std::runtime_error{"a workflow that was started is not there"};
  const auto row_count = inserted_rows(copy_of(*model)).size();
  const auto rows = static_cast<double>(row_count);
  const auto floor = plain_inserts(given, given.schema);

  std::vector<contender> contenders;
  if (given.wants("nava")) contenders.push_back({"nava", [&] { start(); }, rows});
  if (given.wants("floor"))
    contenders.push_back({"floor", [&] { floor->insert(inserted_rows(copy_of(*model))); }, rows});
  for (int round = 0; round < given.rounds; ++round)
    out.add_round(interleave(contenders, {given.operations, given.warm_up, round}));

  out.fact("rows_per_start", row_count);
  out.compare("start: nava / floor, p50", metric::p50_ms, "nava", "floor");
  out.note("floor: the same rows by an INSERT each, prepared, in one transaction" +
           std::string{given.on_postgresql() ? " that is sent at once" : ""});
}

}  // namespace

workload start() {
  return {"start",
          "start a workflow through a runtime",
          {"nava", "floor"},
          {option::operations, option::warm_up, option::contenders},
          {.operations = 500, .warm_up = 20},
          &run};
}

}  // namespace nava::benchmarks
