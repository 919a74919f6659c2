// SPDX-License-Identifier: Apache-2.0
#include "support/store_operations.hpp"

#include <algorithm>
#include <array>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>

#include "persistence/purge/finished_batch.hpp"
#include "support/catch.hpp"
#include "support/instants.hpp"
#include "support/task_units.hpp"

namespace nava::test {

using namespace persistence;
using namespace std::chrono_literals;

namespace {

void nothing(store&) {}
void one_workflow(store& on) { (void)on.create(first_unit(1)); }
void one_task(store& on) { (void)on.create(unit_with_tasks(1, 1)); }
void one_finished(store& on) {
  nava::unit_of_work finished = first_unit(1);
  finished.workflow.status = schema::workflow_status::completed;
  finished.workflow.ts_finish = instant(0);
  (void)on.create(finished);
}

schema::workflow_inbox paid(std::string_view key) {
  schema::workflow_inbox event;
  event.event_name = "paid";
  event.resource_name = "loan";
  event.resource_id = "7";
  event.event_key = key;
  return event;
}

void one_event(store& on) { (void)on.store_event(paid("a")); }

inbox_claim all_events() {
  return {.events_max = 10, .lease = 60s, .owner = "ada", .event_names = {}};
}

inbox_settlement ended(const schema::workflow_inbox& event, inbox_settlement::result how) {
  inbox_settlement settled{.seq = event.seq, .fence = event.lease_fence, .ends_as = how};
  if (how != inbox_settlement::result::delivered) settled.error = "no";
  return settled;
}

void one_event_ended(store& on, inbox_settlement::result how) {
  one_event(on);
  const auto settled = ended(on.claim_events(all_events()).events.at(0), how);
  (void)on.settle_events({&settled, 1});
}

json::object json_of(const schema::workflow_stage& row) {
  return schema::to_json<schema::workflow_stage_table>(row);
}

// While it is held, its row of the agenda has the fence.
task_lease held_task_of(store& on) {
  const auto history = on.history(first_unit(1).workflow.id).value();
  task_lease lease;
  lease.workflow_id = first_unit(1).workflow.id;
  lease.task_id = history.tasks.at(0).id;
  lease.fence =
      history.agenda.empty() ? history.tasks[0].lease_fence : history.agenda[0].lease_fence;
  lease.attempt = 1;
  return lease;
}

void one_task_held(store& on) {
  one_task(on);
  (void)on.claim(claim_of(10));
}

// By another session, so that nothing was done.
constexpr std::string_view locked = "locked";

std::string said(bool answer) { return answer ? "true" : "false"; }
std::string said(std::size_t count) { return std::to_string(count); }
std::string said(commit_result result) {
  switch (result) {
    case commit_result::applied:
      return "applied";
    case commit_result::already_applied:
      return "already applied";
    case commit_result::conflict:
      return "conflict";
  }
  throw std::logic_error{"no such result"};
}
std::string said(const std::vector<std::optional<lease_loss>>& losses) {
  if (!losses.at(0)) return "kept";
  return *losses[0] == lease_loss::locked ? std::string{locked}
                                          : std::to_string(static_cast<int>(*losses[0]));
}
std::string said(const std::vector<table_rows>& counts) {
  std::int64_t sum = 0;
  for (const table_rows& each : counts) sum += each.rows;
  return std::to_string(sum);
}
template <class Row>
std::string said(const std::vector<Row>& rows) {
  return said(rows.size());
}
std::string said(const found<loaded_workflow>& there) {
  return there ? std::to_string(there->state.workflow.revision) : "none";
}
std::string said(const found<workflow_history>& there) {
  return there ? said(there->mutations.size()) : "none";
}

}  // namespace

std::vector<store_operation> store_operations() {
  using enum inbox_settlement::result;
  const uuid one = first_unit(1).workflow.id;
  const auto of_workflow = [one](auto call) {
    return [one, call](store& on) { return said(call(on, one)); };
  };
  const finished_request finished{.finished_until = instant(1),
                                  .statuses = {schema::workflow_status::completed}};
  const auto batch = [=](auto call) {
    return [=](store& on) {
      return said((dynamic_cast<finished_batches&>(on).*call)(finished).workflows);
    };
  };
  const auto settles = [](auto ends) {
    return [ends](store& on) {
      const settlement ended = ends(held_task_of(on));
      return said(on.settle({&ended, 1}));
    };
  };
  const auto stages = std::ranges::find(schema::workflow_database<>::description.tables,
                                        "workflow_stage", &schema::table_description::name);
  static constexpr std::array<std::string_view, 1> key{"workflow_id"};
  return {
      {"create", nothing, [](store& on) { return said(on.create(first_unit(1))); }},
      {"commit", one_workflow, [](store& on) { return said(on.commit(next_unit(first_unit(1)))); }},
      {"load", one_workflow, of_workflow([](store& on, const uuid& id) { return on.load(id); })},
      {"load with an event key", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.load(id, "event-1"); })},
      {"load by resource", one_workflow,
       [](store& on) {
         return said(on.load(
             resource{first_unit(1).workflow.resource_name, first_unit(1).workflow.resource_id}));
       }},
      {"history", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.history(id); })},
      {"erase", one_workflow, of_workflow([](store& on, const uuid& id) { return on.erase(id); })},
      {"erase and count", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.erase_and_count(id); })},
      {"count rows", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.count_rows(id); })},
      {"purge", one_finished,
       [](store& on) { return said(on.purge({.finished_for = 1s}).workflows); }},
      {"erase finished", one_finished, batch(&finished_batches::erase_finished)},
      {"count finished", one_finished, batch(&finished_batches::count_finished)},
      {"count held", one_finished, batch(&finished_batches::count_held)},
      {"list", one_workflow, [](store& on) { return said(on.list({}).workflows); }},
      {"list children", one_workflow, of_workflow([](store& on, const uuid& id) {
         return on.list_children({&id, 1});
       })},
      {"worklist", one_workflow,
       [](store& on) { return said(on.worklist({.user = "eva"}).items); }},
      {"count worklist", one_workflow,
       [](store& on) { return said(on.count_worklist({.user = "eva"}).steps); }},
      {"register definitions", nothing,
       [](store& on) {
         schema::workflow_definition definition;
         definition.wfdef_key = "loan";
         definition.wfdef_rev = 1;
         return said(on.register_definitions({&definition, 1}));
       }},
      {"insert rows", one_workflow,
       [=](store& on) -> std::string {
         schema::workflow_stage later = first_unit(1).stages.inserted.at(0);
         later.key = "later";
         try {
           return said(on.write_rows(*stages, verb::insert, {json_of(later)}));
         } catch (const error& failure) {
           if (failure.kind() != error_kind::unique) throw;
           return "is there";
         }
       }},
      {"update rows", one_workflow,
       [=](store& on) {
         schema::workflow_stage named = first_unit(1).stages.inserted.at(0);
         named.stage_name = "another";
         return said(on.write_rows(*stages, verb::update, {json_of(named)}));
       }},
      {"remove rows", one_workflow,
       [=](store& on) {
         return said(
             on.write_rows(*stages, verb::remove,
                           {json::object{{"workflow_id", schema::to_text(one)},
                                         {"key", first_unit(1).stages.inserted.at(0).key}}}));
       }},
      {"related rows", one_workflow,
       [=](store& on) {
         return said(on.related_rows({&*stages, key, {}, 0}, {json::array{schema::to_text(one)}}));
       }},
      {"claim", one_task, [](store& on) { return said(on.claim(claim_of(10)).tasks); }},
      {"next due", one_task,
       [](store& on) { return said(on.next_due(claim_of(1).lanes).has_value()); }},
      {"limit running", one_task,
       [](store& on) { return on.limit_running("mail", 3), std::string{}; }},
      {"running limit", nothing, [](store& on) { return said(on.running_limit("mail")); }},
      {"limit rate", one_task,
       [](store& on) {
         on.limit_rate("mail", task_rate{.tasks = 2, .period = 1s});
         return std::string{};
       }},
      {"rate limit", nothing, [](store& on) { return said(on.rate_limit("mail").has_value()); }},
      {"claim within limits",
       [](store& on) {
         one_task(on);
         on.limit_running("mail", 1);
         on.limit_rate("mail", task_rate{.tasks = 100, .period = 1s, .burst = 100});
       },
       [](store& on) { return said(on.claim(claim_of(10)).tasks); }},
      {"list tasks", one_task, [](store& on) { return said(on.list_tasks({})); }},
      {"renew", one_task_held,
       [](store& on) {
         const renewal held = renewal_of(held_task_of(on));
         return said(on.renew({&held, 1}, long_lease));
       }},
      {"settle", one_task_held, settles([](const task_lease& lease) { return completed(lease); })},
      {"postpone", one_task_held, settles([](const task_lease& lease) {
         settlement later = settled(lease, settlement::result::postponed);
         later.delay = 1h;
         return later;
       })},
      {"store event", nothing, [](store& on) { return one_event(on), std::string{}; }, true},
      {"claim events", one_event,
       [](store& on) { return said(on.claim_events(all_events()).events); }},
      {"claim earlier",
       [](store& on) {
         one_event_ended(on, early);
         (void)on.store_event(paid("b"));
       },
       [](store& on) {
         const auto found = on.claim_earlier(on.list_events({}).at(1), all_events());
         return said(found.events) + (found.are_held ? " held" : "");
       }},
      {"settle events",
       [](store& on) {
         one_event(on);
         (void)on.claim_events(all_events());
       },
       [](store& on) -> std::string {
         const auto events = on.list_events({});
         if (events.empty()) return "gone";
         const auto settled = ended(events.at(0), delivered);
         return on.settle_events({&settled, 1}) == 0 ? "gone" : "settled";
       }},
      {"list events", one_event, [](store& on) { return said(on.list_events({})); }},
      {"retry events", [](store& on) { one_event_ended(on, failed); },
       [](store& on) {
         const std::int64_t seq = on.list_events({}).at(0).seq;
         return said(on.retry_events({&seq, 1}));
       }},
      {"discard events", [](store& on) { one_event_ended(on, failed); },
       [](store& on) -> std::string {
         const auto events = on.list_events({});
         if (events.empty()) return "gone";
         return on.discard_events({&events.at(0).seq, 1}) == 0 ? "gone" : "discarded";
       }}};
}

void disturbed_call::learn() {
  first_ = what_.call(on_);
  done_ = dump_();
  again_ = what_.call(on_);
}

disturbed_call::end disturbed_call::make(const settle& over) {
  const std::string before = dump_();
  end ends = end::answered;
  try {
    const std::string answer = what_.call(on_);
    // Perhaps the store has made the call again itself.
    CHECK((answer == first_ || answer == again_));
    over();
  } catch (const error& failure) {
    CAPTURE(failure.what());
    over();
    const bool is_done = dump_() != before;
    ends = is_done ? end::failed_and_done : end::failed;
    CHECK(failure.may_retry());
    if (failure.outcome_known()) CHECK_FALSE(is_done);
    CHECK(what_.call(on_) == (is_done ? again_ : first_));
  }
  check_rows();
  return ends;
}

void disturbed_call::make_at_once(const settle& over) {
  std::string answer;
  try {
    answer = what_.call(on_);
  } catch (const error&) {
    // Whatever it was, it is made again.
    answer = what_.call(on_);
  }
  over();
  if (answer == locked) answer = what_.call(on_);
  CHECK((answer == first_ || answer == again_));
  check_rows();
}

void disturbed_call::check_rows() const {
  const std::string left = dump_();
  if (!what_.adds || left == done_) {
    CHECK(left == done_);
    return;
  }
  // The first was done too, and its outcome was unknown.
  (void)what_.call(on_);
  CHECK(on_.list_events({}).size() == 3);
}

}  // namespace nava::test
