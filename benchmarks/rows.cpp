// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/rows.hpp"

#include <chrono>
#include <nava/engine/id.hpp>
#include <nava/schema/text.hpp>

namespace nava::benchmarks {
namespace {

using namespace schema;

const std::string some_text(60, 'x');

void add_log(persistence::unit_of_work& unit, const row_counts& counts, timestamp now) {
  const uuid id = unit.workflow.id;
  std::int64_t seq = 0;
  for (std::int64_t i = 0; i < counts.events; ++i)
    unit.events.push_back({id,
                           ++seq,
                           unit.transaction_id,
                           "key-" + std::to_string(i),
                           "answered",
                           {},
                           {{"note", some_text}},
                           {},
                           now});
  for (std::int64_t i = 0; i < counts.mutations; ++i)
    unit.mutations.push_back(
        {id, ++seq, unit.transaction_id, "set-memory", "memorize", {}, {{"note", some_text}}, now});
  for (std::int64_t i = 0; i < counts.messages; ++i)
    unit.messages.push_back({id, ++seq, now, "workflow", some_text});
  unit.workflow.last_seq = seq;
}

}  // namespace

persistence::unit_of_work workflow_with(const row_counts& counts, std::int64_t number) {
  const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
  persistence::unit_of_work unit;
  unit.transaction_id = engine::new_id();
  workflow& root = unit.workflow;
  root.id = engine::new_id();
  root.wfdef_key = "benchmark";
  root.resource_name = "number";
  root.resource_id = std::to_string(number) + "-" + to_text(root.id);
  root.title = "Benchmark";
  root.status = workflow_status::active;
  root.revision = 1;
  root.created = root.updated = now;
  for (std::int64_t i = 0; i < counts.stages; ++i)
    unit.stages.inserted.push_back({root.id, "stage-" + std::to_string(i), "Stage", {}, {}, i, {}});
  for (std::int64_t i = 0; i < counts.steps; ++i) {
    workflow_step step;
    step.workflow_id = root.id;
    step.id = step.selector = engine::step_id(root.id, "step", static_cast<std::uint64_t>(i) + 1);
    step.index = i;
    step.step_key = "step";
    step.stage_key = "stage-0";
    step.title = some_text;
    step.stm_state = "_CREATED";
    unit.steps.inserted.push_back(step);
  }
  for (std::int64_t i = 0; i < counts.participants; ++i)
    unit.participants.inserted.push_back({root.id, "clerk", "user-" + std::to_string(i)});
  unit.memory.inserted.push_back({root.id, {{"note", some_text}}, {}, {}});
  for (std::int64_t i = 0; i < counts.tasks; ++i) {
    workflow_task task;
    task.workflow_id = root.id;
    task.id = engine::new_id();
    task.name = "mail";
    unit.tasks.inserted.push_back(task);
  }
  add_log(unit, counts, now);
  return unit;
}

}  // namespace nava::benchmarks
