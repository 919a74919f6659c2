// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/measured_rows.hpp"

#include <chrono>
#include <nava/schema/text.hpp>
#include <nava/workflow/id.hpp>
#include <stdexcept>

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

// The decision by which commits are measured, on the workflow that `before` left.
nava::unit_of_work decision_after(const nava::unit_of_work& before) {
  constexpr row_counts rows{.mutations = 6, .messages = 3, .events = 3};
  nava::unit_of_work unit;
  unit.transaction_id = nava::new_id();
  unit.read_revision = before.workflow.revision;
  unit.workflow = before.workflow;
  ++unit.workflow.revision;
  unit.workflow.updated = current_time();
  // Past the steps that any workflow is created with.
  add_steps(unit, 1'000'000 + 2 * unit.read_revision, 2);
  add_log(unit, rows, unit.workflow.updated);
  return unit;
}

}  // namespace

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

decisions::decisions(persistence::store& store, std::int64_t first, std::int64_t workflows) {
  for (std::int64_t i = 0; i < workflows; ++i) {
    last_.push_back(workflow_with({}, first + i));
    create(store, last_.back());
  }
}

const nava::unit_of_work& decisions::next() {
  auto& last = last_[next_++ % last_.size()];
  last = decision_after(last);
  return last;
}

void create(persistence::store& store, const nava::unit_of_work& unit) {
  if (store.create(unit) != nava::commit_result::applied)
    throw std::runtime_error{"a workflow that was new was not created"};
}

void commit(persistence::store& store, const nava::unit_of_work& unit) {
  if (store.commit(unit) != nava::commit_result::applied)
    throw std::runtime_error{"a decision on a workflow that nobody else touches conflicted"};
}

}  // namespace nava::benchmarks
