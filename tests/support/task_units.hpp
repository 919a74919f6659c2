// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/task_queue.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/stores.hpp"

/// Decisions about tasks, and claims of them.
namespace nava::test {

/// Creates workflow `number` with `tasks` tasks of this queue, due at once.
[[nodiscard]] inline unit_of_work unit_with_tasks(std::uint64_t number, std::size_t tasks,
                                                  const std::string& queue = "mail") {
  unit_of_work unit = first_unit(number);
  const schema::workflow_task like = unit.tasks.inserted.front();
  unit.tasks.inserted.clear();
  for (std::size_t i = 0; i < tasks; ++i) {
    schema::workflow_task& task = unit.tasks.inserted.emplace_back(like);
    task.id = id_of(id_kind::task, number * 1'000 + i);
    task.queue = queue;
    task.ts_due.reset();
  }
  return unit;
}

/// The next decision on what `before` left, which changes one of its tasks and no more.
template <auto... Members>
[[nodiscard]] unit_of_work unit_that_writes(const unit_of_work& before,
                                            const schema::workflow_task& task) {
  unit_of_work unit;
  unit.read_revision = before.workflow.revision;
  unit.workflow = before.workflow;
  const auto revision = static_cast<std::uint64_t>(++unit.workflow.revision);
  unit.transaction_id = id_of(id_kind::transaction, 1'000 * revision);
  schema::workflow_event& event = unit.events.emplace_back(before.events.front());
  event.seq = ++unit.workflow.last_seq;
  event.event_key = "task-" + std::to_string(revision);
  event.transaction_id = unit.transaction_id;
  using table = schema::workflow_task_table;
  constexpr auto written = schema::columns_where<table>([](std::string_view name) {
    return ((name == table::template column_with<Members>::name.view()) || ...);
  });
  unit.tasks.updated = {{task, written}};
  return unit;
}

[[nodiscard]] inline unit_of_work unit_that_cancels(const unit_of_work& before,
                                                    schema::workflow_task task) {
  task.status = schema::task_status::cancelled;
  return unit_that_writes<&schema::workflow_task::status>(before, task);
}

/// Ends a task as its holder does, by a decision.
[[nodiscard]] inline unit_of_work unit_that_ends(const unit_of_work& before,
                                                 schema::workflow_task task, std::int64_t fence) {
  task.status = schema::task_status::completed;
  task.lease_fence = fence;
  return unit_that_writes<&schema::workflow_task::status, &schema::workflow_task::lease_fence>(
      before, task);
}

[[nodiscard]] inline unit_of_work unit_that_gives_back(const unit_of_work& before,
                                                       schema::workflow_task task) {
  task.status = schema::task_status::scheduled;
  return unit_that_writes<&schema::workflow_task::status>(before, task);
}

inline constexpr std::chrono::milliseconds long_lease{60'000};

[[nodiscard]] inline persistence::claim_request claim_of(std::size_t tasks_max,
                                                         const std::string& queue = "mail") {
  persistence::claim_request request;
  request.lanes = {{queue, 0, {}}};
  request.tasks_max = tasks_max;
  request.lease = long_lease;
  request.owner = "ada";
  return request;
}

[[nodiscard]] inline persistence::settlement settled(const persistence::task_lease& lease,
                                                     persistence::settlement::result result) {
  persistence::settlement ended;
  ended.workflow_id = lease.workflow_id;
  ended.task_id = lease.task_id;
  ended.fence = lease.fence;
  ended.attempt = lease.attempt;
  ended.ends_as = result;
  return ended;
}

[[nodiscard]] inline persistence::settlement completed(const persistence::task_lease& lease) {
  return settled(lease, persistence::settlement::result::completed);
}

[[nodiscard]] inline persistence::renewal renewal_of(const persistence::task_lease& lease) {
  return {lease.workflow_id, lease.task_id, lease.fence, {}};
}

using losses = std::vector<std::optional<persistence::lease_loss>>;

[[nodiscard]] inline schema::workflow_task stored_task(persistence::store& stored,
                                                       const uuid& workflow_id,
                                                       std::size_t place = 0) {
  return stored.history(workflow_id).value().tasks.at(place);
}

[[nodiscard]] inline std::int64_t rows_on_agenda(persistence::store& stored,
                                                 const uuid& workflow_id) {
  for (const auto& [table, rows] : stored.count_rows(workflow_id))
    if (table == "workflow_agenda") return rows;
  return -1;
}

/// Whether the agenda has a row for each open task of the workflow, and no other.
[[nodiscard]] inline bool is_in_step(persistence::store& stored, const uuid& workflow_id) {
  const auto loaded = stored.load(workflow_id);
  return rows_on_agenda(stored, workflow_id) ==
         (loaded ? static_cast<std::int64_t>(loaded->state.tasks.size()) : 0);
}

/// Leased for a millisecond, so that the task is free again when the database says so.
[[nodiscard]] inline persistence::task_lease claim_for_a_moment(persistence::store& stored) {
  persistence::claim_request request = claim_of(1);
  request.lease = std::chrono::milliseconds{1};
  return stored.claim(request).tasks.at(0);
}

}  // namespace nava::test
