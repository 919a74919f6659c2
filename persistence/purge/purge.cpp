// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "persistence/purge/finished_batch.hpp"
#include "persistence/purge/purge_pace.hpp"

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
  for (const auto& [status, text] : schema::enum_names<schema::workflow_status>::names)
    if (is_finished(status)) all.push_back(status);
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

// Fewer workflows need no less room on a disk that is full.
bool is_for_its_workflows(const error& failure) {
  const error_kind kind = failure.kind();
  if (failure.sqlstate() == "53100") return false;
  return kind == error_kind::contention || kind == error_kind::foreign_key ||
         kind == error_kind::check;
}

std::string_view advice_for(error_kind kind) {
  switch (kind) {
    case error_kind::contention:
      return "run it again when others are done with it, or with more time for a statement";
    case error_kind::foreign_key:
      return "give the foreign key that refers to it ON DELETE CASCADE, or delete what refers to "
             "it";
    default:
      return "change ON DELETE of the foreign key that refers to it";
  }
}

class purging {
 public:
  purging(finished_batches& batches, const purge_policy& policy, const purge_control& control)
      : batches_(batches),
        policy_(policy),
        control_(control),
        request_(first_request(policy, control)),
        pace_(policy.batch_max) {
    report_.next = control.after;
  }

  purge_report run() {
    while (is_wanted() && !control_.stop.stop_requested()) {
      request_.workflows = batch();
      const purge_pace::duration pause = step();
      report_.batch = is_wanted() ? batch() : std::size_t{0};
      if (control_.on_progress) control_.on_progress(report_);
      if (is_wanted() && !control_.dry_run) report_.pausing += wait(pause, control_.stop);
    }
    if (report_.complete) count_held();
    return report_;
  }

 private:
  [[nodiscard]] bool is_wanted() const {
    return !report_.complete && (policy_.limit == 0 || report_.workflows < policy_.limit);
  }

  // What is counted disturbs nobody.
  [[nodiscard]] std::size_t batch() const {
    const std::size_t most = control_.dry_run ? policy_.batch_max : pace_.batch();
    return policy_.limit == 0 ? most : std::min(most, policy_.limit - report_.workflows);
  }

  // At the end, when few are left: in each batch it would cost a twentieth.
  // What is deleted is deleted, whatever becomes of the count.
  void count_held() try {
    std::size_t held = 0;
    request_.after = control_.after;
    do {
      const finished_batch walk = batches_.count_held(request_);
      held += walk.workflows;
      request_.after = walk.next;
    } while (request_.after && !control_.stop.stop_requested());
    if (!request_.after) report_.under_legal_hold = held;
  } catch (const error& failure) {
    if (!failure.may_retry()) throw;
  }

  // Says how long to pause.
  purge_pace::duration step() {
    const auto begin = steady::now();
    const auto took = [&] { return steady::now() - begin; };
    try {
      const finished_batch batch =
          control_.dry_run ? batches_.count_finished(request_) : batches_.erase_finished(request_);
      return add(batch, took());
    } catch (const error& failure) {
      if (control_.dry_run || !is_for_its_workflows(failure)) throw;
      report_.working += took();
      if (!pace_.after_failure(request_.workflows, took())) throw at_one(failure);
      ++report_.retries;
      return pace_.pause();
    }
  }

  purge_pace::duration add(const finished_batch& batch, purge_pace::duration took) {
    pace_.limit_to(batch.workflows_max);
    pace_.after({request_.workflows, batch.workflows, batch.skipped, took, batch.commits_beside,
                 batch.commit_slowdown});
    request_.after = report_.next = batch.next;
    report_.complete = !batch.next;
    report_.workflows += batch.workflows;
    report_.skipped += batch.skipped;
    ++report_.batches;
    report_.working += took;
    if (batch.workflows == 0) return {};
    return std::max<purge_pace::duration>(pace_.pause(), batch.turn_of_others);
  }

  // A batch of one ends at the place of the one that it is about.
  error at_one(const error& failure) {
    std::optional<purge_cursor> place;
    try {
      const finished_batch one = batches_.count_finished(request_);
      if (one.workflows == 1) place = one.next;
    } catch (const error&) {
      return failure;
    }
    if (!place) return failure;
    return {failure.kind(),
            fmt::format("workflow {} cannot be purged: {}; {}, or step over it with --after {}",
                        schema::to_text(place->id), failure.what(), advice_for(failure.kind()),
                        to_text(*place)),
            failure.sqlstate(), failure.constraint()};
  }

  finished_batches& batches_;
  const purge_policy& policy_;
  const purge_control& control_;
  finished_request request_;
  purge_pace pace_;
  purge_report report_;
};

}  // namespace

purge_report purge_in_batches(finished_batches& batches, const purge_policy& policy,
                              const purge_control& control) {
  return purging{batches, policy, control}.run();
}

}  // namespace nava::persistence
