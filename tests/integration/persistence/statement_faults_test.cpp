// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <functional>
#include <nava/schema/workflow_database.hpp>
#include <set>

#include "persistence/purge/finished_batch.hpp"
#include "support/claims.hpp"
#include "support/faulty_connection.hpp"
#include "support/instants.hpp"
#include "support/task_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

using unit = nava::unit_of_work;

// A call of the store, what is there before it, and whether it adds a row each time.
struct operation {
  std::string_view name;
  std::function<void(store&)> prepare;
  std::function<void(store&)> call;
  bool adds = false;
};

void nothing(store&) {}
void one_workflow(store& on) { (void)on.create(first_unit(1)); }
void one_task(store& on) { (void)on.create(unit_with_tasks(1, 1)); }
void one_finished(store& on) {
  unit finished = first_unit(1);
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

schema::workflow_inbox claimed_event(store& on) {
  for (const auto& each : on.list_events({})) return each;
  throw std::logic_error{"there is no event"};
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

task_lease held_task_of(store& on) {
  const auto task = on.history(first_unit(1).workflow.id).value().tasks.at(0);
  task_lease lease;
  lease.workflow_id = first_unit(1).workflow.id;
  lease.task_id = task.id;
  lease.fence = task.lease_fence;
  lease.attempt = 1;
  return lease;
}

void one_task_held(store& on) {
  one_task(on);
  (void)on.claim(claim_of(10));
}

std::vector<operation> operations() {
  using enum inbox_settlement::result;
  const uuid one = first_unit(1).workflow.id;
  const auto of_workflow = [one](auto call) {
    return [one, call](store& on) { (void)call(on, one); };
  };
  const finished_request finished{.finished_until = instant(1),
                                  .statuses = {schema::workflow_status::completed}};
  const auto stages = std::ranges::find(schema::workflow_database<>::description.tables,
                                        "workflow_stage", &schema::table_description::name);
  static constexpr std::array<std::string_view, 1> key{"workflow_id"};
  return {
      {"create", nothing, [](store& on) { (void)on.create(first_unit(1)); }},
      {"commit", one_workflow, [](store& on) { (void)on.commit(next_unit(first_unit(1))); }},
      {"load", one_workflow, of_workflow([](store& on, const uuid& id) { return on.load(id); })},
      {"load with an event key", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.load(id, "event-1"); })},
      {"load by resource", one_workflow,
       [](store& on) {
         (void)on.load(
             resource{first_unit(1).workflow.resource_name, first_unit(1).workflow.resource_id});
       }},
      {"history", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.history(id); })},
      {"erase", one_workflow, of_workflow([](store& on, const uuid& id) { return on.erase(id); })},
      {"erase and count", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.erase_and_count(id); })},
      {"count rows", one_workflow,
       of_workflow([](store& on, const uuid& id) { return on.count_rows(id); })},
      {"purge", one_finished, [](store& on) { (void)on.purge({.finished_for = 1s}); }},
      {"erase finished", one_finished,
       [=](store& on) { (void)dynamic_cast<finished_batches&>(on).erase_finished(finished); }},
      {"count finished", one_finished,
       [=](store& on) { (void)dynamic_cast<finished_batches&>(on).count_finished(finished); }},
      {"count held", one_finished,
       [=](store& on) { (void)dynamic_cast<finished_batches&>(on).count_held(finished); }},
      {"list", one_workflow, [](store& on) { (void)on.list({}); }},
      {"list children", one_workflow, of_workflow([](store& on, const uuid& id) {
         return on.list_children({&id, 1});
       })},
      {"worklist", one_workflow, [](store& on) { (void)on.worklist({.user = "eva"}); }},
      {"count worklist", one_workflow, [](store& on) { (void)on.count_worklist({.user = "eva"}); }},
      {"register definitions", nothing,
       [](store& on) {
         schema::workflow_definition definition;
         definition.wfdef_key = "loan";
         definition.wfdef_rev = 1;
         (void)on.register_definitions({&definition, 1});
       }},
      {"insert rows", one_workflow,
       [=](store& on) {
         schema::workflow_stage later = first_unit(1).stages.inserted.at(0);
         later.key = "later";
         try {
           (void)on.write_rows(*stages, verb::insert, {json_of(later)});
         } catch (const error& failure) {
           // The row is there: the outcome of the first try was unknown.
           if (failure.kind() != error_kind::unique) throw;
         }
       }},
      {"update rows", one_workflow,
       [=](store& on) {
         schema::workflow_stage named = first_unit(1).stages.inserted.at(0);
         named.stage_name = "another";
         (void)on.write_rows(*stages, verb::update, {json_of(named)});
       }},
      {"remove rows", one_workflow,
       [=](store& on) {
         (void)on.write_rows(*stages, verb::remove,
                             {json::object{{"workflow_id", schema::to_text(one)},
                                           {"key", first_unit(1).stages.inserted.at(0).key}}});
       }},
      {"related rows", one_workflow,
       [=](store& on) {
         (void)on.related_rows({&*stages, key, {}, 0}, {json::array{schema::to_text(one)}});
       }},
      {"claim", one_task, [](store& on) { (void)on.claim(claim_of(10)); }},
      {"next due", one_task, [](store& on) { (void)on.next_due(claim_of(1).lanes); }},
      {"limit running", one_task, [](store& on) { on.limit_running("mail", 3); }},
      {"running limit", nothing, [](store& on) { (void)on.running_limit("mail"); }},
      {"limit rate", one_task,
       [](store& on) { on.limit_rate("mail", task_rate{.tasks = 2, .period = 1s}); }},
      {"rate limit", nothing, [](store& on) { (void)on.rate_limit("mail"); }},
      {"claim within limits",
       [](store& on) {
         one_task(on);
         on.limit_running("mail", 1);
         on.limit_rate("mail", task_rate{.tasks = 100, .period = 1s, .burst = 100});
       },
       [](store& on) { (void)on.claim(claim_of(10)); }},
      {"list tasks", one_task, [](store& on) { (void)on.list_tasks({}); }},
      {"renew", one_task_held,
       [](store& on) {
         const renewal held = renewal_of(held_task_of(on));
         (void)on.renew({&held, 1}, long_lease);
       }},
      {"settle", one_task_held,
       [](store& on) {
         const settlement done = completed(held_task_of(on));
         (void)on.settle({&done, 1});
       }},
      {"postpone", one_task_held,
       [](store& on) {
         settlement later = settled(held_task_of(on), settlement::result::postponed);
         later.delay = 1h;
         (void)on.settle({&later, 1});
       }},
      {"store event", nothing, one_event, true},
      {"claim events", one_event, [](store& on) { (void)on.claim_events(all_events()); }},
      {"claim earlier",
       [](store& on) {
         one_event_ended(on, early);
         (void)on.store_event(paid("b"));
       },
       [](store& on) { (void)on.claim_earlier(on.list_events({}).at(1), all_events()); }},
      {"settle events",
       [](store& on) {
         one_event(on);
         (void)on.claim_events(all_events());
       },
       [](store& on) {
         const auto events = on.list_events({});
         if (events.empty()) return;
         const auto settled = ended(events.at(0), delivered);
         (void)on.settle_events({&settled, 1});
       }},
      {"list events", one_event, [](store& on) { (void)on.list_events({}); }},
      {"retry events", [](store& on) { one_event_ended(on, failed); },
       [](store& on) {
         const std::int64_t seq = claimed_event(on).seq;
         (void)on.retry_events({&seq, 1});
       }},
      {"discard events", [](store& on) { one_event_ended(on, failed); },
       [](store& on) {
         for (const auto& each : on.list_events({})) (void)on.discard_events({&each.seq, 1});
       }}};
}

class trial_of {
 public:
  trial_of(test_database& database, const operation& what)
      : database_(database), what_(what), store_(open_with_faults(database, faults_)) {}

  // Each statement of the call, with each fault.
  void run() {
    begin();
    what_.call(*store_);
    const std::size_t statements = faults_->statements();
    CHECK(statements > 0);
    const std::string done = without_instants(dump());
    for (std::size_t i = 1; i <= statements; ++i)
      for (const statement_fault how : statement_faults) {
        CAPTURE(what_.name, i, static_cast<int>(how));
        fail(i, how);
        CHECK(faults_->has_fired());
        const std::string left = without_instants(dump());
        if (what_.adds && left != done) {
          what_.call(*store_);
          CHECK(store_->list_events({}).size() == 3);
        } else {
          CHECK(left == done);
        }
      }
  }

 private:
  void begin() {
    faults_->reset();
    delete_all_rows(database_);
    what_.prepare(*store_);
    faults_->reset();
  }

  // The call, and the same again where it fails.
  void fail(std::size_t number, statement_fault how) {
    begin();
    const std::string before = dump();
    faults_->fail(number, how);
    try {
      what_.call(*store_);
    } catch (const error& failure) {
      CAPTURE(failure.what());
      CHECK(failure.may_retry());
      if (failure.outcome_known()) CHECK(dump() == before);
      what_.call(*store_);
    }
  }

  std::string dump() { return database_.dump(*store_); }

  test_database& database_;
  const operation& what_;
  const std::shared_ptr<fault_counter> faults_ = std::make_shared<fault_counter>();
  const std::unique_ptr<store> store_;
};

}  // namespace

BACKEND_TEST_CASE(
    "persistence: a fault of any statement of a call is told as what it is, and "
    "the call can be made again",
    "[persistence]", sqlite_file, postgresql_kept) {
  (void)database.open();
  for (const operation& each : operations()) trial_of{database, each}.run();
}

BACKEND_TEST_CASE("persistence: a fault of any statement beside a tombstone", "[persistence]",
                  sqlite_file, postgresql_kept) {
  database.options().tombstones.keep_for = 24h;
  (void)database.open();
  for (const operation& each : operations())
    if (each.name == "create" || each.name.starts_with("erase") || each.name == "purge")
      trial_of{database, each}.run();
}

BACKEND_TEST_CASE(
    "persistence: a fault of any statement leaves the rows that a runtime would have "
    "left without it",
    "[persistence]", sqlite_file, postgresql_kept) {
  (void)database.open();
  const auto faults = std::make_shared<fault_counter>();
  const std::shared_ptr stored = open_with_faults(database, faults);
  timestamp now = instant(0);
  runtime run{stored,
              {claim_builder().build()},
              {.clock = [&] { return now; },
               // A thread of its own sends what others are told.
               .tells_others = false}};
  const auto play = [&] {
    now = instant(0);
    const uuid id = run.start("claim", claim_1, {{"amount", 120}}).workflow_id;
    for (const event& each : {note("n-1"), yes()}) {
      now += 1s;
      run.deliver(each);
    }
    now += 1s;
    run.cancel(id, {.reason = "void", .key = "cancel"});
    return id;
  };
  // The first has connections to make.
  REQUIRE(stored->erase(play()));
  faults->reset();
  uuid id = play();
  const std::size_t statements = faults->statements();
  const std::string undisturbed = without_ids(*stored, id);
  REQUIRE(stored->erase(id));
  for (std::size_t i = 1; i <= statements; ++i)
    for (const statement_fault how : statement_faults) {
      CAPTURE(i, static_cast<int>(how));
      faults->reset();
      faults->fail(i, how);
      id = play();
      CHECK(faults->has_fired());
      faults->reset();
      CHECK(without_ids(*stored, id) == undisturbed);
      CHECK(broken_promises(*stored, id).empty());
      REQUIRE(stored->erase(id));
    }
}
