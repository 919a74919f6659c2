// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nava/persistence/retention.hpp>

#include "persistence/purge_pace.hpp"

namespace nava::persistence {
namespace {

using steady = std::chrono::steady_clock;

void check(const purge_policy& policy) {
  if (policy.finished_for < std::chrono::seconds{0} || policy.finished_for > purge_age_max)
    throw error{error_kind::invalid_input,
                "a purge takes what finished up to a thousand years ago; give such an age"};
  if (policy.batch_max == 0 || policy.batch_max > purge_batch_max)
    throw error{error_kind::invalid_input,
                "batches of a purge have 1 to " + std::to_string(purge_batch_max) + " workflows"};
}

timestamp now_of(const purge_control& control) {
  if (control.clock) return control.clock();
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::vector<schema::workflow_status> all_finished() {
  std::vector<schema::workflow_status> all;
  for (std::size_t i = 0; i < schema::enum_names<schema::workflow_status>::names.size(); ++i)
    if (const auto status = static_cast<schema::workflow_status>(i); is_finished(status))
      all.push_back(status);
  return all;
}

finished_request first_request(const purge_policy& policy, const purge_control& control) {
  check(policy);
  finished_request request;
  request.finished_until = now_of(control) - policy.finished_for;
  request.statuses = policy.statuses.empty() ? all_finished() : policy.statuses;
  request.wfdef_key = policy.wfdef_key;
  request.after = control.after;
  return request;
}

// Returns early when a stop is asked for; says how long it took.
purge_pace::duration wait(purge_pace::duration pause, const std::stop_token& stop) {
  if (pause <= pause.zero()) return {};
  const auto begin = steady::now();
  std::mutex mutex;
  std::unique_lock lock{mutex};
  std::condition_variable_any never;
  (void)never.wait_for(lock, stop, pause, [] { return false; });
  return steady::now() - begin;
}

// What is counted disturbs nobody.
std::size_t batch_of(const purge_pace& pace, const purge_policy& policy, bool dry_run,
                     std::size_t done) {
  const std::size_t batch = dry_run ? policy.batch_max : pace.batch();
  return policy.limit == 0 ? batch : std::min(batch, policy.limit - done);
}

}  // namespace

purge_report purge(store& where, const purge_policy& policy, const purge_control& control) {
  finished_request request = first_request(policy, control);
  purge_pace pace{policy.batch_max};
  purge_report report;
  report.next = control.after;
  const auto is_wanted = [&] {
    return !report.complete && (policy.limit == 0 || report.workflows < policy.limit);
  };
  while (is_wanted() && !control.stop.stop_requested()) {
    request.workflows = batch_of(pace, policy, control.dry_run, report.workflows);
    const auto begin = steady::now();
    const finished_batch batch =
        control.dry_run ? where.count_finished(request) : where.erase_finished(request);
    const purge_pace::duration took = steady::now() - begin;
    pace.after({batch.workflows, took, batch.commit_slowdown});
    request.after = report.next = batch.next;
    report.complete = !batch.next;
    report.workflows += batch.workflows;
    report.skipped += batch.skipped;
    ++report.batches;
    report.working += took;
    report.batch =
        is_wanted() ? batch_of(pace, policy, control.dry_run, report.workflows) : std::size_t{0};
    if (control.on_progress) control.on_progress(report);
    if (is_wanted() && !control.dry_run) report.pausing += wait(pace.pause(), control.stop);
  }
  return report;
}

}  // namespace nava::persistence
