// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/text.hpp>
#include <thread>

#include "persistence/log.hpp"
#include "persistence/purge/finished_arguments.hpp"
#include "persistence/purge/tombstones.hpp"
#include "persistence/rows/json_text.hpp"
#include "persistence/rows/state_rows.hpp"
#include "persistence/sql_store.hpp"
#include "workflow/legal_hold.hpp"

// How the stores delete workflows, and what keeps them or stays of them.
namespace nava::persistence {

bool sql_store::erase_alone(connection& on, const std::string& id) const {
  return !on.execute_write(queries_.erase, {id}).empty();
}

bool sql_store::erase_within(connection& on, const std::string& id) const {
  return !on.execute(queries_.erase, {id}).empty();
}

// Why nothing was deleted.
void sql_store::expect_not_kept(connection& on, const uuid& id) const {
  const auto found = on.execute(queries_.system_tags, {schema::to_text(id)});
  if (found.empty()) return;
  const json::value tags = parse_stored_json(found.front().front().value());
  if (!tags.is_array()) throw unreadable_value{"workflow.sys_tag holds no array"};
  expect_no_legal_hold(id, tags.get_array());
  throw error{
      error_kind::contention,
      fmt::format("workflow {} was created, or a legal hold of it released, at this moment; "
                  "nothing was deleted; try again",
                  schema::to_text(id))};
}

std::vector<table_rows> sql_store::erase_counted(connection& on, const uuid& id) const {
  const std::string text = schema::to_text(id);
  auto counts = counts_from(on.execute(queries_.count_rows, {text}));
  if (!erase_within(on, text)) {
    expect_not_kept(on, id);
    counts.clear();
  }
  return counts;
}

purge_report sql_store::purge(const purge_policy& policy, const purge_control& control) {
  try {
    purge_report report = purge_in_batches(*this, policy, control);
    if (!control.dry_run) remove_expired_tombstones(control.stop);
    return report;
  } catch (const error& failure) {
    // One workflow that cannot be purged must not keep them.
    if (!control.dry_run && !failure.may_retry()) remove_expired_tombstones(control.stop);
    throw;
  }
}

// Whatever the policy is now. What is deleted is deleted: a failure leaves them to the next purge.
void sql_store::remove_expired_tombstones(const std::stop_token& stop) try {
  // Other writers get in between.
  constexpr std::chrono::milliseconds turn_of_others{5};
  while (!stop.stop_requested()) {
    const deadline limit = of_call();
    const auto removed =
        writer(limit)->execute_write(queries_.tombstones.remove_expired, {own_time_text()}).size();
    if (removed < tombstones_removed_at_once) return;
    std::this_thread::sleep_for(turn_of_others);
  }
} catch (const error& failure) {
  log_->warn("expired tombstones stay until the next purge: {}", failure.what());
}

void sql_store::expect_no_tombstone(connection& on, const uuid& id) const {
  if (!tombstones_.is_on()) return;
  const auto found = on.execute(queries_.tombstones.find, {schema::to_text(id), own_time_text()});
  if (found.empty()) return;
  const bool is_of_id = found.front().at(0).value().starts_with("workflow:");
  const auto expires = schema::parse_timestamp(found.front().at(1).value());
  throw error{
      error_kind::deleted,
      fmt::format("{} was deleted, and its tombstone refuses another until {}; nothing was "
                  "written",
                  is_of_id ? "workflow " + schema::to_text(id)
                           : std::string{"the workflow of this definition for this resource"},
                  expires ? schema::to_text(*expires) : "it is removed")};
}

finished_batch sql_store::count_finished(const finished_request& request) {
  const finished_arguments arguments{request};
  const deadline limit = of_call();
  return locks_.run(limit, [&](bool) {
    return batch_from(arguments.execute(*reader(limit), queries_.count_finished).at(0));
  });
}

finished_batch sql_store::count_held(const finished_request& request) {
  const finished_arguments arguments{request};
  const deadline limit = of_call();
  return locks_.run(limit, [&](bool) {
    return batch_from(arguments.execute_walk(*reader(limit), queries_.count_held).at(0));
  });
}

finished_batch sql_store::erase_finished(const finished_request& request) {
  const finished_arguments arguments{request};
  const deadline limit = of_call();
  const auto run = [&](bool) {
    const auto connection = writer(limit);
    const commit_latency::purge_mark marked{latency_};
    finished_batch batch = erase_batch(*connection, arguments);
    batch.commits_beside = marked.commits();
    return batch;
  };
  // A batch that is refused for a lock has deleted in vain up to there, so only the smallest waits:
  // a purge halves the others.
  finished_batch batch = request.workflows == 1 ? locks_.run(limit, run) : run(false);
  batch.commit_slowdown = latency_.slowdown();
  return batch;
}

}  // namespace nava::persistence
