// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/rows.hpp"

#include <algorithm>
#include <chrono>
#include <nava/workflow/id.hpp>
#include <nava/schema/text.hpp>

namespace nava::benchmarks {
namespace {

using namespace schema;

const std::string some_text(60, 'x');

timestamp current_time() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

void add_log(nava::unit_of_work& unit, const row_counts& counts, timestamp now) {
  const uuid id = unit.workflow.id;
  std::int64_t seq = unit.workflow.last_seq;
  for (std::int64_t i = 0; i < counts.events; ++i)
    unit.events.push_back({id,
                           ++seq,
                           unit.transaction_id,
                           "key-" + std::to_string(seq),
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

void add_steps(nava::unit_of_work& unit, std::int64_t from, std::int64_t count) {
  const uuid id = unit.workflow.id;
  for (std::int64_t i = from; i < from + count; ++i) {
    workflow_step step;
    step.workflow_id = id;
    step.id = step.selector = nava::step_id(id, "step", static_cast<std::uint64_t>(i) + 1);
    step.index = i;
    step.step_key = "step";
    step.stage_key = "stage-0";
    step.title = some_text;
    step.stm_state = "_CREATED";
    unit.steps.inserted.push_back(step);
  }
}

}  // namespace

row_counts row_counts::scaled_to(std::int64_t rows) {
  row_counts counts;
  const std::int64_t all = counts.children();
  for (auto* count : {&counts.stages, &counts.steps, &counts.participants, &counts.mutations,
                      &counts.messages, &counts.events, &counts.tasks})
    *count = std::max<std::int64_t>(1, (*count * rows + all / 2) / all);
  return counts;
}

nava::unit_of_work workflow_with(const row_counts& counts, std::int64_t number) {
  const timestamp now = current_time();
  nava::unit_of_work unit;
  unit.transaction_id = nava::new_id();
  workflow& root = unit.workflow;
  root.id = nava::new_id();
  root.wfdef_key = "benchmark";
  root.resource_name = "number";
  root.resource_id = std::to_string(number) + "-" + to_text(root.id);
  root.title = "Benchmark";
  root.status = workflow_status::active;
  root.revision = 1;
  root.created = root.updated = now;
  for (std::int64_t i = 0; i < counts.stages; ++i)
    unit.stages.inserted.push_back({root.id, "stage-" + std::to_string(i), "Stage", {}, {}, i, {}});
  add_steps(unit, 0, counts.steps);
  for (std::int64_t i = 0; i < counts.participants; ++i)
    unit.participants.inserted.push_back({root.id, "clerk", "user-" + std::to_string(i)});
  unit.memory.inserted.push_back({root.id, {{"note", some_text}}, {}, {}});
  for (std::int64_t i = 0; i < counts.tasks; ++i) {
    workflow_task task;
    task.workflow_id = root.id;
    task.id = nava::new_id();
    task.name = "mail";
    unit.tasks.inserted.push_back(task);
  }
  add_log(unit, counts, now);
  return unit;
}

nava::unit_of_work decision_after(const nava::unit_of_work& before) {
  constexpr row_counts rows{.stages = 0,
                            .steps = 2,
                            .participants = 0,
                            .memory = 0,
                            .mutations = 6,
                            .messages = 3,
                            .events = 3,
                            .tasks = 0};
  nava::unit_of_work unit;
  unit.transaction_id = nava::new_id();
  unit.read_revision = before.workflow.revision;
  unit.workflow = before.workflow;
  ++unit.workflow.revision;
  unit.workflow.updated = current_time();
  // Past the steps that any workflow is created with.
  add_steps(unit, 1'000'000 + 2 * unit.read_revision, rows.steps);
  add_log(unit, rows, unit.workflow.updated);
  return unit;
}

}  // namespace nava::benchmarks
