// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::testing;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

// A leave request: the calendar is asked by a task, the manager is reminded each day for as long as
// she does not answer, and after two weeks nobody wants to know any more.
definition leave_request() {
  definition_builder leave{"leave", revision{1}};
  leave.stage("s", "Stage");
  leave.step("calendar", {.stage = "s"})
      .on_task_finished("free-days",
                        [](step_context& step, const task_end& ended) {
                          step.workflow().output({{"days", ended.result.at("days")}});
                          step.finish();
                        })
      .on_task_failed("free-days",
                      [](step_context& step, const task_end& ended) { step.fail(*ended.error); });
  leave.step("approval", {.stage = "s", .states = {"APPROVED"}, .remind_every = 24h})
      .on_due([](step_context& step) { step.add_task("send-mail", {}, {.queue = "mails"}); })
      .on("approve", [](step_context& step, const event&) { step.transit("APPROVED").finish(); });
  leave.on_expired([](workflow_context& on) { on.cancel(); });
  leave.on_started([](workflow_context& on) {
    on.add_step("calendar").add_task("free-days");
    on.add_step("approval", {.ts_due = on.now() + 72h});
  });
  return leave.build();
}

uuid start(test_engine& engine) {
  return engine.runtime()
      .start("leave", {"employee", "7"}, {}, {.ts_expire = engine.now() + 14 * 24h})
      .workflow_id;
}

}  // namespace

TEST_CASE("test engine: nothing runs by itself", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  CHECK(schema::to_text(engine.now()) == "2026-01-01T12:00:00.000000Z");
  CHECK(engine.steps(id) == lines{"calendar ACTIVE _CREATED", "approval ACTIVE _CREATED"});
  CHECK(engine.tasks(id) == lines{"free-days SCHEDULED"});
  CHECK(engine.timers(id) ==
        lines{"ts_due 2026-01-04T12:00:00.000000Z", "ts_expire 2026-01-15T12:00:00.000000Z"});
}

TEST_CASE("test engine: a task is run by a fake, and its end is a decision", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  CHECK(engine.run_due() == 0);
  engine.answer_tasks("free-days", {{"days", 12}});
  CHECK(engine.run_due() == 1);
  CHECK(engine.steps(id) == lines{"calendar COMPLETED", "approval ACTIVE _CREATED"});
  CHECK(engine.tasks(id) == lines{"free-days COMPLETED"});
}

TEST_CASE("test engine: advance() runs each instant in its order", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  std::vector<timestamp> mails;
  engine.answer_tasks("free-days", {{"days", 12}}).watch_queue("mails");
  engine.run_tasks({"send-mail", [&](task_context&) {
                      mails.push_back(engine.now());
                      return json::object{};
                    }});
  const timestamp began = engine.now();
  // A task, three reminders, and three mails.
  CHECK(engine.advance(5 * 24h) == 7);
  CHECK(mails == std::vector<timestamp>{began + 72h, began + 96h, began + 120h});
  CHECK(engine.now() == began + 120h);
  (void)engine.runtime().deliver_to(id, {.name = "approve", .key = no_key});
  CHECK(engine.timers(id) == lines{});
}

TEST_CASE("test engine: a workflow expires", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  engine.advance(15 * 24h);
  CHECK(engine.steps(id) == lines{"calendar CANCELLED _CREATED", "approval CANCELLED _CREATED"});
  CHECK(engine.tasks(id).front() == "free-days CANCELLED");
}

TEST_CASE("test engine: failed attempts are repeated on the test's clock", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  int attempts = 0;
  engine.run_tasks({"free-days", [&](task_context&) -> json::object {
                      if (++attempts < 3) throw std::runtime_error{"the calendar is away"};
                      return {{"days", 1}};
                    }});
  engine.run_due();
  CHECK(attempts == 1);
  engine.advance(1h);
  CHECK(attempts == 3);
  CHECK(engine.tasks(id) == lines{"free-days COMPLETED"});
}

TEST_CASE("test engine: a task that is failed, and a message of it", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  engine.fail_tasks("free-days", "no calendar");
  engine.run_due();
  CHECK(engine.tasks(id) == lines{"free-days FAILED"});
  CHECK(engine.messages(id) == lines{"calendar: no calendar"});
  CHECK(engine.mutations(id).back() == "set-state");
}

TEST_CASE("test engine: a paused workflow's tasks and timers wait", "[testing]") {
  test_engine engine{{leave_request()}};
  const uuid id = start(engine);
  engine.answer_tasks("free-days", {{"days", 3}});
  (void)engine.runtime().pause(id);
  engine.advance(30min);
  CHECK(engine.tasks(id) == lines{"free-days SCHEDULED"});
  (void)engine.runtime().resume(id);
  engine.advance(1min);
  CHECK(engine.tasks(id) == lines{"free-days COMPLETED"});
}

TEST_CASE("test engine: mistakes are told in one line", "[testing]") {
  test_engine engine{{leave_request()}};
  CHECK_THROWS_WITH(engine.advance(-1s), "the clock of a test never goes back");
  CHECK_THROWS_WITH(engine.run_tasks({"x", {}}), "task 'x' has no handler");
  CHECK_THROWS_WITH(engine.steps(uuid{}), "no workflow 00000000-0000-0000-0000-000000000000");
  const uuid id = start(engine);
  engine.watch_queue("free-days");
  CHECK_THROWS_WITH(engine.run_due(),
                    "a queue that is watched has a task 'free-days'; give it to run_tasks() too");
  CHECK(engine.tasks(id) == lines{"free-days SCHEDULED"});
}

TEST_CASE("test engine: what sets itself going for ever is told", "[testing]") {
  definition_builder loop{"loop", revision{1}};
  loop.stage("s", "Stage");
  loop.step("only", {.stage = "s"}).on_wake("again", [](step_context& step) {
    step.wake_in("again", 0s);
  });
  loop.on_started([](workflow_context& on) { on.add_step("only").wake_in("again", 0s); });
  test_engine engine{{loop.build()}};
  (void)engine.runtime().start("loop", {"loop", "1"});
  CHECK_THROWS_WITH(
      engine.run_due(),
      Catch::Contains("10000 tasks, timers and events were due at 2026-01-01T12:00:00.000000Z"));
}
