// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>

#include "support/engine_case.hpp"
#include "support/eventually.hpp"
#include "support/key_rings.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::testing;
using namespace std::chrono_literals;

#define CHILD_TEST_CASE(NAME)                                                             \
  ENGINE_TEST_CASE("children: " NAME, "[child]", sqlite_memory, sqlite_file, sealed_file, \
                   postgresql_kept, partitioned_kept)

namespace {

using lines = std::vector<std::string>;

// A check of a customer, which ends by an event.
definition check(std::string key = "check") {
  definition_builder check{std::move(key), revision{1}};
  check.stage("s", "Stage");
  check.step("look", {.stage = "s"}).on("looked", [](step_context& step, const event& looked) {
    step.workflow().output({{"score", looked.data.at("score")}});
    step.finish();
  });
  check.on_started([](workflow_context& on) { on.add_step("look"); });
  return check.build();
}

// A loan whose first step waits for the check.
definition loan(child_options options = {}, std::string of = "check",
                resource about = {"customer", "7"}) {
  definition_builder loan{"loan", revision{1}};
  loan.stage("s", "Stage");
  loan.step("checking", {.stage = "s", .states = {"CHECKED", "NOT_CHECKED"}})
      .on_child_finished(of, [](step_context& step, const child_end& ended) {
        step.message(ended.error.value_or("no error"));
        if (ended.output.contains("score")) step.memorize({{"score", ended.output.at("score")}});
        step.transit(ended.succeeded() ? "CHECKED" : "NOT_CHECKED").finish();
      });
  loan.on("stop-checking",
          [](workflow_context& on, const event&) { on.step("checking").cancel(); });
  loan.on_started([=](workflow_context& on) {
    on.add_step("checking").start_child(of, about, {{"amount", 5}}, options);
  });
  return loan.build();
}

event looked(int score) {
  return {
      .name = "looked", .resource = {"customer", "7"}, .key = no_key, .data = {{"score", score}}};
}

schema::workflow_status status(runtime& run, const uuid& id) {
  return run.store().load(id).value().state.workflow.status;
}

uuid child_id(runtime& run) {
  for (const auto& each : run.store().list({.wfdef_key = "check"}).workflows) return each.id;
  throw std::logic_error{"no child"};
}

}  // namespace

CHILD_TEST_CASE("a child is started with its parent's decision, and its end is a decision") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {check(), loan()}};
  const uuid parent = run.start("loan", {"loan", "1"}, {}, {.company_id = "acme"}).workflow_id;
  worker works{run, {}, {.name = "w", .threads = 2, .poll = 20ms}};
  REQUIRE(eventually([&] { return !stored->load(resource{"customer", "7"}).empty(); }));
  const uuid child = child_id(run);
  CHECK(stored->load(child).value().state.memory.params.at("amount") == 5);
  CHECK(stored->load(child).value().state.workflow.company_id == "acme");
  CHECK(status(run, parent) == schema::workflow_status::active);
  (void)run.deliver(looked(700));
  REQUIRE(eventually([&] { return status(run, parent) == schema::workflow_status::completed; }));
  CHECK(stored->load(parent).value().state.steps.at(0).memory.at("score") == 700);
  // The task that started the child ends after the commit that it was for.
  for (const uuid& each : {parent, child})
    CHECK(eventually([&] { return stored->load(each).value().state.tasks.empty(); }));
  CHECK(broken_promises(*stored, parent) == lines{});
  CHECK(broken_promises(*stored, child) == lines{});
}

CHILD_TEST_CASE("a parent that is cancelled cancels its children") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {check(), loan()}};
  const uuid parent = run.start("loan", {"loan", "1"}).workflow_id;
  worker works{run, {}, {.name = "w", .threads = 2, .poll = 20ms}};
  REQUIRE(eventually([&] { return !stored->load(resource{"customer", "7"}).empty(); }));
  const uuid child = child_id(run);
  (void)run.cancel(parent);
  CHECK(eventually([&] { return status(run, child) == schema::workflow_status::cancelled; }));
  CHECK(broken_promises(*stored, parent) == lines{});
  CHECK(broken_promises(*stored, child) == lines{});
}

TEST_CASE("children: a parent waits as long as it takes, and looks ever more rarely", "[child]") {
  test_engine engine{{check(), loan()}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  CHECK(engine.run_due() == 1);
  CHECK(engine.children(parent) == lines{"check customer/7 SCHEDULED"});
  // It looks whether the child is there after ten seconds, twenty, forty ….
  CHECK(engine.advance(24h) == 14);
  (void)engine.runtime().deliver(looked(500));
  CHECK(engine.run_due() == 1);
  CHECK(engine.children(parent) == lines{"check customer/7 COMPLETED"});
  CHECK(engine.steps(parent) == lines{"checking COMPLETED CHECKED"});
  CHECK(engine.messages(parent) == lines{"checking: no error"});
}

TEST_CASE("children: the parent learns that a child was cancelled", "[child]") {
  test_engine engine{{check(), loan()}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  (void)engine.runtime().cancel(child_id(engine.runtime()));
  engine.run_due();
  CHECK(engine.messages(parent) == lines{"checking: the child is CANCELLED"});
}

TEST_CASE("children: the parent learns that a child was deleted", "[child]") {
  test_engine engine{{check(), loan()}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  CHECK(engine.runtime().store().erase(child_id(engine.runtime())));
  engine.advance(10s);
  CHECK(engine.messages(parent) == lines{"checking: the child was deleted"});
  CHECK(engine.children(parent) == lines{"check customer/7 FAILED"});
  CHECK(engine.runtime().store().load(resource{"customer", "7"}).empty());
}

TEST_CASE("children: a resource that has such a workflow already cannot be a child", "[child]") {
  test_engine engine{{check(), loan()}};
  (void)engine.runtime().start("check", {"customer", "7"});
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.advance(10s);
  CHECK(engine.messages(parent) ==
        lines{"checking: customer/7 has a workflow of 'check' that is not this child"});
}

TEST_CASE("children: a paused parent hears of the end when it is resumed", "[child]") {
  test_engine engine{{check(), loan()}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  (void)engine.runtime().pause(parent);
  (void)engine.runtime().deliver(looked(1));
  engine.advance(10min);
  CHECK(engine.children(parent) == lines{"check customer/7 SCHEDULED"});
  (void)engine.runtime().resume(parent);
  engine.advance(1min);
  CHECK(engine.steps(parent) == lines{"checking COMPLETED CHECKED"});
}

TEST_CASE("children: an option says what becomes of them with their parent", "[child]") {
  SECTION("leave") {
    test_engine engine{{check(), loan({.when_cancelled = child_fate::leave})}};
    const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
    engine.run_due();
    (void)engine.runtime().cancel(parent);
    engine.advance(2h);
    CHECK(status(engine.runtime(), child_id(engine.runtime())) == schema::workflow_status::active);
    // Nobody waits for it any more.
    (void)engine.runtime().deliver(looked(1));
    engine.advance(2h);
    CHECK(engine.children(parent) == lines{"check customer/7 CANCELLED"});
  }
  SECTION("refuse") {
    test_engine engine{{check(), loan({.when_cancelled = child_fate::refuse})}};
    const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
    engine.run_due();
    CHECK_THROWS_WITH(engine.runtime().cancel(parent),
                      "cancel is refused while the child 'check' of customer/7 is running");
    (void)engine.runtime().cancel(child_id(engine.runtime()));
    engine.run_due();
    CHECK(engine.steps(parent) == lines{"checking COMPLETED NOT_CHECKED"});
  }
  SECTION("cancel, when the step is cancelled") {
    test_engine engine{{check(), loan()}};
    const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
    engine.run_due();
    (void)engine.runtime().deliver_to(parent, {.name = "stop-checking", .key = no_key});
    engine.run_due();
    CHECK(status(engine.runtime(), child_id(engine.runtime())) ==
          schema::workflow_status::cancelled);
  }
  SECTION("cancel, before the child was started") {
    test_engine engine{{check(), loan()}};
    const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
    (void)engine.runtime().cancel(parent);
    engine.advance(2h);
    CHECK(engine.runtime().store().load(resource{"customer", "7"}).empty());
    CHECK(engine.children(parent) == lines{"check customer/7 CANCELLED"});
  }
}

TEST_CASE("children: one that is to go on is started though its parent was cancelled", "[child]") {
  test_engine engine{{check(), loan({.when_cancelled = child_fate::leave})}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  (void)engine.runtime().cancel(parent);
  engine.advance(1h);
  CHECK(status(engine.runtime(), child_id(engine.runtime())) == schema::workflow_status::active);
}

TEST_CASE("children: a step with a child that refuses cannot be cancelled", "[child]") {
  test_engine engine{{check(), loan({.when_cancelled = child_fate::refuse})}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  CHECK_THROWS_WITH(
      engine.runtime().deliver_to(parent, {.name = "stop-checking", .key = no_key}),
      Catch::Contains("cancel is refused while the child 'check' of customer/7 is running"));
  CHECK(engine.steps(parent) == lines{"checking ACTIVE _CREATED"});
}

TEST_CASE("children: a start that always fails is given up, and the parent told", "[child]") {
  definition_builder broken{"check", revision{1}};
  broken.stage("s", "Stage");
  broken.step("look", {.stage = "s"});
  SECTION("by a hook that throws") {
    broken.on_started([](workflow_context&) { throw std::runtime_error{"no bureau"}; });
    test_engine engine{{broken.build(), loan()}};
    const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
    engine.advance(1h);
    CHECK(engine.messages(parent) == lines{"checking: no bureau"});
  }
  SECTION("by a param that is not there") {
    broken.on_started([](workflow_context& on) { (void)on.params().at("score"); });
    test_engine engine{{broken.build(), loan()}};
    const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
    engine.advance(10s);
    REQUIRE(engine.messages(parent).size() == 1);
    CHECK_THAT(engine.messages(parent).front(),
               Catch::Contains("a JSON value was asked for that is not there"));
  }
}

TEST_CASE("children: an output that is too large is told as a failure", "[child]") {
  definition_builder large{"check", revision{1}};
  large.stage("s", "Stage");
  large.step("look", {.stage = "s"});
  large.on_started([](workflow_context& on) {
    on.output({{"report", std::string(1'200'000, 'x')}});
    on.add_step("look").finish();
  });
  test_engine engine{{large.build(), loan()}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  CHECK(engine.messages(parent) ==
        lines{"checking: the output of the child has 1200013 bytes as JSON, 1000000 are allowed; "
              "keep it elsewhere, and refer to it"});
}

TEST_CASE("children: attempts that failed before the child ended leave the history whole",
          "[child]") {
  test_engine engine{{check(), loan()}};
  auto& store = engine.runtime().store();
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  engine.skip(10s);
  const auto claimed = store.claim(
      {.lanes = {{"nava.work:loan", 0, {}}}, .tasks_max = 1, .lease = 1h, .owner = "broken"});
  REQUIRE(claimed.tasks.size() == 1);
  persistence::settlement failed;
  failed.workflow_id = parent;
  failed.task_id = claimed.tasks.front().task_id;
  failed.fence = claimed.tasks.front().fence;
  failed.ends_as = persistence::settlement::result::postponed;
  failed.attempt = 1;
  failed.error = "the database was away";
  CHECK_FALSE(store.settle({&failed, 1}).front());
  (void)engine.runtime().deliver(looked(1));
  engine.run_due();
  CHECK(engine.children(parent) == lines{"check customer/7 COMPLETED"});
  CHECK(broken_promises(store, parent) == lines{});
}

CHILD_TEST_CASE("parent and child may belong to different processes") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime loans{stored, {loan()}}, checks{stored, {check()}};
  const worker_options quick{.name = "w", .threads = 1, .poll = 20ms};
  worker works{loans, {}, quick}, works_too{checks, {}, quick};
  const uuid parent = loans.start("loan", {"loan", "1"}).workflow_id;
  REQUIRE(eventually([&] { return !stored->load(resource{"customer", "7"}).empty(); }));
  (void)checks.deliver(looked(600));
  CHECK(eventually([&] { return status(loans, parent) == schema::workflow_status::completed; }));
}

TEST_CASE("children: a child of a definition that no runtime here has waits for one", "[child]") {
  test_engine engine{{loan({}, "audit")}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.advance(24h);
  CHECK(engine.children(parent) == lines{"audit customer/7 SCHEDULED"});
  CHECK(engine.steps(parent) == lines{"checking ACTIVE _CREATED"});
}

TEST_CASE("children: a workflow cannot be its own child", "[child]") {
  test_engine engine{{loan({}, "loan", {"loan", "1"})}};
  CHECK_THROWS_WITH(engine.runtime().start("loan", {"loan", "1"}),
                    "workflow 'loan' of loan/1 cannot be a child of itself");
  CHECK(engine.runtime().store().list({}).workflows.empty());
}

TEST_CASE("children: they have children", "[child]") {
  definition_builder middle{"check", revision{1}};
  middle.stage("s", "Stage");
  middle.step("ask", {.stage = "s"})
      .on_child_finished("ask", [](step_context& step, const child_end& ended) {
        step.workflow().output({{"score", ended.output.at("score")}});
        step.finish();
      });
  middle.on_started([](workflow_context& on) {
    on.add_step("ask").start_child("ask", {"bureau", "7"});
  });
  test_engine engine{{loan(), middle.build(), check("ask")}};
  const uuid parent = engine.runtime().start("loan", {"loan", "1"}).workflow_id;
  engine.run_due();
  event answered = looked(9);
  answered.resource = {"bureau", "7"};
  (void)engine.runtime().deliver(answered);
  engine.run_due();
  CHECK(engine.steps(parent) == lines{"checking COMPLETED CHECKED"});
  CHECK(engine.runtime().store().load(parent).value().state.steps.at(0).memory.at("score") == 9);
}
