// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/testing.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/faulty_store.hpp"
#include "support/key_rings.hpp"
#include "support/loans.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::loans;
using namespace nava::testing;
using namespace std::chrono_literals;

#define INBOX_TEST_CASE(NAME)                                                          \
  ENGINE_TEST_CASE("inbox: " NAME, "[inbox]", sqlite_memory, sqlite_file, sealed_file, \
                   postgresql_kept, partitioned_kept)

namespace {

using lines = std::vector<std::string>;

bool is_empty(persistence::store& stored) { return stored.list_events({}).empty(); }

std::string refusal(const std::function<void()>& act) {
  try {
    act();
  } catch (const nava::exception& failure) {
    return failure.what();
  }
  return "nothing was refused";
}

inbox_options fast() { return {.name = "d", .poll = 10ms}; }

}  // namespace

INBOX_TEST_CASE("events are delivered in their order, and start their workflows") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  constexpr int loans = 5, payments = 20;
  for (int i = 0; i < loans; ++i)
    for (const char* name : {"applied", "signed"})
      (void)run.publish(event_for(std::to_string(i), name, no_key, {{"amount", i}}));
  lines expected;
  for (int n = 0; n < payments; ++n) {
    expected.push_back(std::to_string(n));
    for (int i = 0; i < loans; ++i) (void)run.publish(paid(std::to_string(i), std::to_string(n)));
  }
  inbox_drainer one{run, fast()}, other{run, fast()};
  REQUIRE(eventually([&] { return is_empty(*stored); }));
  for (int i = 0; i < loans; ++i) {
    const std::string id = std::to_string(i);
    CHECK(messages(*stored, id) == expected);
    const auto found = stored->load(resource{"loan", id});
    REQUIRE(found.size() == 1);
    CHECK(found[0].state.memory.params.at("amount") == i);
    CHECK(broken_promises(*stored, found[0].state.workflow.id) == lines{});
  }
}

INBOX_TEST_CASE("what was delivered and not noted is delivered again, and applied once") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  for (const char* name : {"applied", "signed"}) (void)run.publish(event_for("1", name, no_key));
  (void)run.publish(event_for("1", "paid", no_key, {{"note", "a"}}));
  (void)run.publish(event_for("1", "paid", no_key, {{"note", "a"}}));
  // A drainer that dies between a delivery and its note: everything is delivered twice.
  const auto rows = stored->list_events({});
  {
    inbox_drainer drainer{run, fast()};
    REQUIRE(eventually([&] { return is_empty(*stored); }));
  }
  CHECK(messages(*stored, "1") == lines{"a", "a"});
  insert_rows<schema::workflow_database<>>(*stored, rows);
  inbox_drainer drainer{run, fast()};
  REQUIRE(eventually([&] { return is_empty(*stored); }));
  CHECK(messages(*stored, "1") == lines{"a", "a"});
  CHECK(stored->load(resource{"loan", "1"}).size() == 1);
}

INBOX_TEST_CASE("a poisoned event stays with its error, and stops nobody") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  for (const char* id : {"1", "2"})
    for (const char* name : {"applied", "signed"}) (void)run.publish(event_for(id, name, no_key));
  (void)run.publish(event_for("1", "paid", "without-note"));
  (void)run.publish(event_for("2", "misspelt", "m"));
  for (const char* id : {"1", "2", "3"}) (void)run.publish(paid(id, "x"));
  inbox_drainer drainer{run, fast()};
  REQUIRE(eventually([&] {
    const auto left = stored->list_events({});
    return left.size() == 3 && std::all_of(left.begin(), left.end(), [](const auto& each) {
             return each.status == schema::inbox_status::failed && !each.lease_owner;
           });
  }));
  CHECK(messages(*stored, "2") == lines{"x"});
  const auto failed = stored->list_events({});
  CHECK(failed[0].event_key == "without-note");
  CHECK(failed[0].error.value().find("there is no 'note'") != std::string::npos);
  CHECK(failed[1].error == "no definition handles the event 'misspelt'");
  CHECK(failed[2].error.value().find("finds no workflow that handles it") != std::string::npos);
  // The cause is mended, and somebody asks for it again.
  (void)run.start("loan", {"loan", "3"});
  (void)run.deliver(event_for("3", "signed", no_key));
  CHECK(stored->retry_events(std::vector{failed[2].seq}) == 1);
  CHECK(eventually([&] { return messages(*stored, "3") == lines{"x"}; }));
}

INBOX_TEST_CASE("events of a paused workflow wait for it, in their order") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {loan()}};
  const uuid id = run.start("loan", {"loan", "1"}).workflow_id;
  (void)run.pause(id);
  (void)run.publish(event_for("1", "signed", "s"));
  (void)run.publish(paid("1", "x"));
  inbox_drainer drainer{run, fast()};
  REQUIRE(eventually([&] { return stored->list_events({}).at(0).error.has_value(); }));
  CHECK(stored->list_events({}).at(1).status == schema::inbox_status::ready);
  (void)run.resume(id);
  CHECK(stored->list_events({}).at(0).attempt == 0);
  // It would look again in ten seconds.
  auto rows = stored->list_events({});
  rows.resize(1);
  rows[0].ts_due.reset();
  CHECK(update_rows<schema::workflow_database<>>(*stored, rows) == 1);
  CHECK(eventually([&] { return is_empty(*stored); }));
  CHECK(messages(*stored, "1") == lines{"x"});
}

INBOX_TEST_CASE("a drainer stops at once, and gives back what it holds") {
  const std::shared_ptr<persistence::store> stored = database.open();
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false, may_go = false;
  definition_builder slow{"slow", revision{1}};
  slow.stage("s", "Stage");
  slow.step("step", {.stage = "s"});
  slow.on_started([](workflow_context& on) { on.add_step("step"); });
  slow.on("paid", [&](workflow_context&, const event&) {
    std::unique_lock lock{mutex};
    entered = true;
    changed.notify_all();
    changed.wait(lock, [&] { return may_go; });
  });
  runtime run{stored, {slow.build()}};
  (void)run.start("slow", {"loan", "1"});
  for (const char* note : {"a", "b", "c"}) (void)run.publish(paid("1", note));
  inbox_drainer drainer{run, fast()};
  {
    std::unique_lock lock{mutex};
    changed.wait(lock, [&] { return entered; });
  }
  CHECK_FALSE(drainer.stop(deadline::in(20ms)));
  REQUIRE(eventually([&] { return !stored->list_events({}).at(1).lease_owner; }));
  const auto left = stored->list_events({});
  REQUIRE(left.size() == 3);
  CHECK(left[0].lease_owner == "d");
  CHECK(left[1].attempt == 0);
  {
    const std::lock_guard lock{mutex};
    may_go = true;
  }
  changed.notify_all();
  CHECK(drainer.stop(deadline::in(20s)));
  CHECK(drainer.stop());
  CHECK(stored->list_events({}).size() == 2);
}

TEST_CASE("inbox: faults of the database lose no event and apply none twice", "[inbox]") {
  const std::shared_ptr<persistence::store> real = sqlite_memory{}.open();
  const auto stored = std::make_shared<faulty_store>(real);
  for (const fault kind : {fault::before, fault::after})
    for (std::size_t number = 1; number <= 12; ++number) {
      stored->reset();
      INFO("call " << number << ", " << (kind == fault::before ? "before" : "after"));
      runtime run{stored, {loan()}};
      const std::string id = std::to_string(number) + (kind == fault::before ? "b" : "a");
      for (const char* name : {"applied", "signed"}) (void)run.publish(event_for(id, name, no_key));
      for (const char* note : {"x", "y"}) (void)run.publish(paid(id, note));
      stored->reset();
      stored->fail_call(number, kind);
      inbox_options options = fast();
      options.backoff = 1ms;
      options.lease = 200ms;
      inbox_drainer drainer{run, options};
      REQUIRE(eventually([&] { return is_empty(*real); }));
      CHECK(messages(*real, id) == lines{"x", "y"});
    }
}

TEST_CASE("inbox: what another event of the runtime has started is not started again", "[inbox]") {
  test_engine engine{{loan()}};
  runtime& run = engine.runtime();
  const auto first = run.deliver(event_for("1", "applied", "a", {{"amount", 5}}));
  REQUIRE(first.size() == 1);
  CHECK(first[0].result == delivery::applied);
  const auto again = run.deliver(event_for("1", "applied", "a", {{"amount", 5}}));
  REQUIRE(again.size() == 1);
  CHECK(again[0].workflow_id == first[0].workflow_id);
  CHECK(again[0].result == delivery::already_applied);
  CHECK_THROWS_AS(run.deliver(event_for("1", "applied", "b")), event_refused);
  CHECK_THROWS_AS(run.deliver(event_for("1", "applied", no_key)), event_refused);
  CHECK(broken_promises(run.store(), first[0].workflow_id) == lines{});
}

TEST_CASE("inbox: an event waits for each workflow that takes it, the paused one too", "[inbox]") {
  const auto note = [](std::string key) {
    definition_builder of{std::move(key), revision{1}};
    of.stage("s", "Stage");
    of.step("step", {.stage = "s", .repeats = true});
    of.on_started([](workflow_context& on) { on.add_step("step"); });
    of.on("paid", [](workflow_context& on, const event&) {
      on.add_step("step");
      on.message("paid");
    });
    return of.build();
  };
  test_engine engine{{note("one"), note("other")}};
  runtime& run = engine.runtime();
  const uuid one = run.start("one", {"loan", "1"}).workflow_id;
  const uuid other = run.start("other", {"loan", "1"}).workflow_id;
  (void)run.pause(other);
  (void)run.publish(paid("1", "x"));
  (void)engine.run_due();
  CHECK(engine.inbox() == lines{"paid loan/1 READY"});
  CHECK(engine.messages(one) == lines{"workflow: paid"});
  (void)run.resume(other);
  (void)engine.advance(10s);
  CHECK(engine.inbox() == lines{});
  CHECK(engine.messages(one) == lines{"workflow: paid"});
  CHECK(engine.messages(other) == lines{"workflow: paid"});
}

namespace {

// It is started by what it handles too, and its start needs more than each such event has.
definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage");
  order.step("step", {.stage = "s", .repeats = true});
  order.starts_on("paid");
  order.on("paid", [](workflow_context& on, const event& paid) {
    on.message(std::string{paid.data.at("note").as_string()});
    on.add_step("step");
  });
  order.on_started([](workflow_context& on) {
    (void)on.params().at("first");
    on.add_step("step");
  });
  return order.build();
}

event paid_first(const std::string& id, const std::string& note) {
  event made = paid(id, note);
  made.data["first"] = true;
  return made;
}

}  // namespace

TEST_CASE("inbox: an event that starts workflows is handled by the one that is there", "[inbox]") {
  test_engine engine{{order()}};
  runtime& run = engine.runtime();
  (void)run.publish(paid_first("1", "a"));
  (void)run.publish(paid("1", "b"));
  (void)engine.run_due();
  CHECK(engine.inbox() == lines{});
  CHECK(messages(run.store(), "1") == lines{"b"});
  const uuid id = run.store().load(resource{"loan", "1"}).at(0).state.workflow.id;
  (void)run.pause(id);
  (void)run.publish(paid("1", "c"));
  (void)run.publish(paid("1", "d"));
  (void)engine.run_due();
  CHECK(engine.inbox() == lines{"paid loan/1 READY", "paid loan/1 READY"});
  (void)run.resume(id);
  (void)engine.advance(10s);
  CHECK(messages(run.store(), "1") == lines{"b", "c", "d"});
}

TEST_CASE("inbox: a workflow that another starts meanwhile gets the event", "[inbox]") {
  const std::shared_ptr<persistence::store> real = sqlite_memory{}.open();
  const auto stored = std::make_shared<faulty_store>(real);
  runtime run{stored, {order()}}, rival{real, {order()}};
  stored->reset();
  // Before its create: it has found none twice.
  stored->before_call(3, [&] { (void)rival.start("order", {"loan", "1"}, {{"first", true}}); });
  const auto outcomes = run.deliver(paid_first("1", "a"));
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes[0].result == delivery::applied);
  CHECK(messages(*real, "1") == lines{"a"});
}

INBOX_TEST_CASE("a resource with many events leaves room for the others") {
  const std::shared_ptr<persistence::store> stored = database.open();
  for (int i = 0; i < 300; ++i) {
    schema::workflow_inbox event;
    event.event_name = "paid";
    event.resource_name = "loan";
    event.resource_id = i < 200 ? "hot" : std::to_string(i);
    (void)stored->store_event(event);
  }
  const auto claimed = stored->claim_events({.events_max = 128, .lease = 60s, .owner = "d"}).events;
  const auto hot = std::count_if(claimed.begin(), claimed.end(),
                                 [](const auto& each) { return each.resource_id == "hot"; });
  CHECK(claimed.size() == 100 + 10);
  CHECK(hot == 10);
}

TEST_CASE("inbox: bad options and definitions are refused", "[inbox]") {
  const std::shared_ptr<persistence::store> stored = sqlite_memory{}.open();
  runtime run{stored, {loan()}};
  CHECK(refusal([&] {
          inbox_drainer{run, {.threads = 0}};
        }) == "inbox_options::threads is 0; 1 to 1000 are allowed");
  CHECK(refusal([&] {
          inbox_drainer{run, {.events_max = 1'001}};
        }) == "inbox_options::events_max is 1001; 1 to 1000 are allowed");
  CHECK(refusal([&] {
          inbox_drainer{run, {.attempts_max = 0}};
        }) == "inbox_options::attempts_max is below 1; an event is tried once at least");
  CHECK(refusal([&] {
          inbox_drainer{run, {.poll = 0ms}};
        }) == "inbox_options::poll is 0 ms; 1 to 31622400000 ms are allowed");
  CHECK(refusal([&] { (void)run.publish(event_for("1", "nava.start", no_key)); }) ==
        "event 'nava.start': names that begin with 'nava.' are the runtime's own");
  CHECK(is_empty(*stored));
  definition_builder keeps{"keeps", revision{1}};
  keeps.stage("s", "Stage");
  keeps.step("step", {.stage = "s"});
  keeps.keep_early("paid", 24h);
  CHECK(refusal([&] { (void)keeps.build(); }) ==
        "definition 'keeps': event 'paid' is kept early, and has no handler that it could wait "
        "for");
}
