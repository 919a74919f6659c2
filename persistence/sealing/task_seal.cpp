// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "persistence/log.hpp"
#include "persistence/sealing/payload_seal.hpp"
#include "persistence/sealing/sealed_value.hpp"

// What payload_seal does for the task queue.
namespace nava::persistence {
namespace {

// Calls `visit(payload_column, value)` for each payload of what a worker says of its lease.
template <class Lease, class Visitor>
void for_each_payload_of(Lease& lease, Visitor visit) {
  if (lease.progress) visit(payload_column{"workflow_agenda", "progress"}, *lease.progress);
  if constexpr (requires { lease.output; }) {
    if (lease.output) visit(payload_column{"workflow_task", "result"}, *lease.output);
    if (lease.error) visit(payload_column{"workflow_task", "error"}, *lease.error);
  }
}

// How much later a task is claimed again: when the key ring may answer, or when somebody may have
// brought the key.
constexpr std::chrono::milliseconds after_failure{1'000}, after_unreadable{60'000};

settlement given_back(const task_lease& lease, std::chrono::milliseconds delay) {
  settlement back{lease.workflow_id, lease.task_id, lease.fence, settlement::result::postponed};
  back.attempt = lease.attempt - 1;
  back.delay = delay;
  return back;
}

}  // namespace

template <class Lease>
void payload_seal::seal_lease(Lease& lease, deadline limit) {
  for_each_payload_of(lease, [&](const payload_column& column, auto& value) {
    seal_value(value, key_to_write(lease.workflow_id, limit),
               {column, schema::to_text(lease.task_id)});
  });
}

std::vector<settlement> payload_seal::sealed(std::span<const settlement> ended, deadline limit) {
  std::vector<settlement> copies{ended.begin(), ended.end()};
  std::vector<uuid> ids;
  for (settlement& each : copies)
    for_each_payload_of(each, [&](const auto&, const auto&) { ids.push_back(each.workflow_id); });
  fetch(std::move(ids), limit);
  for (settlement& each : copies) seal_lease(each, limit);
  return copies;
}

// A lease is worth more than what its holder reports.
std::vector<renewal> payload_seal::sealed(std::span<const renewal> leases, deadline limit) {
  std::vector<renewal> copies{leases.begin(), leases.end()};
  bool is_ring_ready = true;
  for (renewal& each : copies) try {
      if (each.progress && (is_ring_ready || kept_.find(each.workflow_id)))
        seal_lease(each, limit);
      else
        each.progress.reset();
    } catch (const unreadable_value& failure) {
      log_->warn("the progress of task {} is not stored: {}", schema::to_text(each.task_id),
                 failure.what());
      each.progress.reset();
    } catch (const error& failure) {
      if (failure.kind() == error_kind::invalid_input) throw;
      log_->warn("progress is not stored: {}", failure.what());
      is_ring_ready = false;
      each.progress.reset();
    }
  return copies;
}

template <class Lease>
void payload_seal::expect_plain(std::span<const Lease> leases) const {
  for (const Lease& each : leases)
    for_each_payload_of(each, [](const payload_column& column, const auto& value) {
      expect_plain_value(value, column);
    });
}
template void payload_seal::expect_plain(std::span<const renewal>) const;
template void payload_seal::expect_plain(std::span<const settlement>) const;

given_back_tasks payload_seal::open(claimed_tasks& claimed, deadline limit) {
  given_back_tasks back;
  std::vector<uuid> ids;
  for (const task_lease& each : claimed.tasks)
    if (sealed_part(each.input)) ids.push_back(each.workflow_id);
  const auto open_lease = [&](task_lease& each) {
    if (sealed_part(each.input))
      open_value(each.input, each.workflow_id,
                 {{"workflow_task", "input"}, schema::to_text(each.task_id)}, limit);
    if (each.progress && sealed_part(*each.progress))
      open_value(*each.progress, each.workflow_id,
                 {{"workflow_agenda", "progress"}, schema::to_text(each.task_id)}, limit);
  };
  try {
    if (is_on()) fetch(std::move(ids), limit);
  } catch (const error&) {
    // Each task finds out by itself: some keys may be in memory.
  }
  std::erase_if(claimed.tasks, [&](task_lease& each) {
    const bool is_sealed_task =
        sealed_part(each.input) || (each.progress && sealed_part(*each.progress));
    if (back.failure && is_sealed_task && !kept_.find(each.workflow_id)) {
      back.tasks.push_back(given_back(each, after_failure));
      return true;
    }
    try {
      open_lease(each);
      return false;
    } catch (const unreadable_value& failure) {
      log_->warn("task {} is put off: {}", schema::to_text(each.task_id), failure.what());
      back.tasks.push_back(given_back(each, after_unreadable));
    } catch (const error& failure) {
      log_->warn("tasks are put off: {}", failure.what());
      back.tasks.push_back(given_back(each, after_failure));
      back.failure = std::current_exception();
    }
    return true;
  });
  return back;
}

void payload_seal::open(std::vector<listed_task>& listed, deadline limit) {
  std::vector<uuid> ids;
  for (const listed_task& each : listed)
    if (each.error && sealed_part(*each.error)) ids.push_back(each.workflow_id);
  if (is_on()) fetch(std::move(ids), limit);
  for (listed_task& each : listed)
    if (each.error) try {
        open_value(*each.error, each.workflow_id,
                   {{"workflow_task", "error"}, schema::to_text(each.id)}, limit);
      } catch (const unreadable_value& failure) {
        each.error = failure.what();
      }
}

}  // namespace nava::persistence
