// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/decision.hpp>
#include <nava/engine/verification.hpp>
#include <nava/workflow/error.hpp>

#include "support/catch.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::schema;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

const uuid workflow_id = id_of(id_kind::workflow, 1);
// Of another decision each time: ids of tasks are made from it.
uuid next_transaction() {
  static std::uint64_t made = 0;
  return id_of(id_kind::transaction, ++made);
}
using names = std::vector<std::string>;

event named(std::string name) {
  return {.name = std::move(name), .resource = {"loan", "1"}, .key = no_key};
}

// A definition whose hooks on time say that they were called, and one started workflow of it.
struct loan {
  explicit loan(std::chrono::milliseconds remind_every = {})
      : signing(builder.step("signing", {.stage = "s", .remind_every = remind_every})) {
    builder.stage("s", "Stage");
    builder.step("filing", {.stage = "s"});
    signing.on_due([this](step_context& step) {
      called.emplace_back("due");
      if (due_throws) throw std::runtime_error{"no stamp"};
      if (due_finishes) step.finish();
    });
    signing.on_wake("remind", [this](step_context& step) {
      called.emplace_back("remind");
      if (wakes_again) step.wake_in("remind", 1h);
    });
    builder.on_wake("review", [this](workflow_context&) { called.emplace_back("review"); });
    builder.on_expired([this](workflow_context& workflow) {
      called.emplace_back("expired");
      workflow.cancel();
    });
    builder.on_started([this](workflow_context& workflow) {
      workflow.add_step("signing", {.ts_due = due});
      workflow.add_step("filing");
    });
    on("act", [this](workflow_context& workflow) { act(workflow); });
  }

  void on(std::string name, workflow_hook does) {
    builder.on(std::move(name),
               [does = std::move(does)](workflow_context& on, const event&) { does(on); });
  }

  void start() {
    take(decide_start(builder.build(),
                      {.workflow_id = workflow_id, .resource = {"loan", "1"}, .ts_expire = expire},
                      instant(0), next_transaction()));
  }

  void does(workflow_hook what, timestamp now = instant(1)) {
    act = std::move(what);
    take(decide(builder.build(), state, named("act"), now, next_transaction()));
  }

  std::string refusal_of(workflow_hook what) {
    try {
      does(std::move(what));
    } catch (const refused& thrown) {
      return thrown.what();
    }
    return "";
  }

  // As a worker does when the first timer is due.
  const decision& fire(timestamp now) {
    const workflow_task& first = timer();
    task_end ended;
    ended.id = first.id;
    ended.name = first.name;
    take(decide_task_end(builder.build(), state, ended, {1, "ada", now}, now, next_transaction()));
    return last;
  }

  [[nodiscard]] const workflow_task& timer(std::size_t place = 0) const {
    return state.tasks.at(place);
  }

  void take(decision made) {
    state = made.state;
    last = std::move(made);
  }

  definition_builder builder{"loan", revision{1}};
  step_builder signing;
  std::optional<timestamp> due, expire;
  workflow_hook act;
  workflow_state state;
  decision last;
  names called;
  bool due_finishes = false, due_throws = false, wakes_again = false;
};

}  // namespace

TEST_CASE("timer: it is a task of the runtime's, due at the instant") {
  loan loan;
  loan.start();
  CHECK(loan.state.tasks.empty());
  loan.does([](workflow_context& on) { on.step("signing").wake_at("remind", instant(50)); });
  REQUIRE(loan.state.tasks.size() == 1);
  CHECK(loan.timer().name == "nava.timer");
  CHECK(loan.timer().ts_due == instant(50));
  CHECK(loan.timer().step_id == loan.state.steps.at(0).id);
  CHECK(loan.timer().input == json::object{{"kind", "wake"}, {"key", "remind"}});
}

TEST_CASE("timer: when it is due, its hook runs once, in a decision that says so") {
  loan loan;
  loan.start();
  loan.does([](workflow_context& on) { on.step("signing").wake_at("remind", instant(50)); });
  const auto& made = loan.fire(instant(51));
  CHECK(loan.called == names{"remind"});
  CHECK(loan.state.tasks.empty());
  CHECK(made.work.events.at(0).event_name == "nava.timer");
  CHECK(made.work.events.at(0).event_data.at("key") == "remind");
  CHECK(made.work.tasks.updated.at(0).status == task_status::completed);
}

TEST_CASE("timer: a later call moves it, and cancel_wake takes it away") {
  loan loan;
  loan.start();
  loan.does([](workflow_context& on) { on.wake_at("review", instant(50)); });
  loan.does([](workflow_context& on) { on.wake_at("review", instant(70)); });
  REQUIRE(loan.state.tasks.size() == 1);
  CHECK(loan.timer().ts_due == instant(70));
  // A worker may hold the old one: the decision does not wait for it.
  for (const auto& task : loan.last.work.tasks.updated)
    CHECK(task.status == task_status::cancelled);
  loan.does([](workflow_context& on) { on.cancel_wake("review").cancel_wake("review"); });
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: those of a step and of the workflow are told apart") {
  loan loan;
  loan.builder.on_wake("remind", [&](workflow_context&) { loan.called.emplace_back("all"); });
  loan.start();
  loan.does([](workflow_context& on) {
    on.wake_at("remind", instant(50));
    on.step("signing").wake_at("remind", instant(60));
  });
  CHECK(loan.state.tasks.size() == 2);
  loan.fire(instant(50));
  CHECK(loan.called == names{"all"});
  loan.fire(instant(60));
  CHECK(loan.called == names{"all", "remind"});
}

TEST_CASE("timer: a hook may set the next") {
  loan loan;
  loan.wakes_again = true;
  loan.start();
  loan.does([](workflow_context& on) { on.step("signing").wake_in("remind", 1h); }, instant(0));
  const uuid first = loan.timer().id;
  CHECK(loan.timer().ts_due == instant(0) + 1h);
  loan.fire(instant(0) + 1h);
  CHECK(loan.timer().id != first);
  CHECK(loan.timer().ts_due == instant(0) + 2h);
}

TEST_CASE("timer: ts_due of a step calls on_due, and moves with due_at") {
  loan loan;
  loan.due = instant(100);
  loan.start();
  CHECK(loan.timer().ts_due == instant(100));
  loan.does([](workflow_context& on) { on.step("signing").due_at(instant(200)); });
  CHECK(loan.timer().ts_due == instant(200));
  CHECK(loan.state.steps.at(0).ts_due == instant(200));
  loan.fire(instant(200));
  CHECK(loan.called == names{"due"});
  CHECK(loan.state.tasks.empty());
  loan.does([](workflow_context& on) { on.step("signing").due_at(instant(300)).due_at({}); });
  CHECK(loan.state.tasks.empty());
  CHECK_FALSE(loan.state.steps.at(0).ts_due);
}

TEST_CASE("timer: remind_every repeats on_due until the step is finished") {
  loan loan{1h};
  loan.due = instant(0) + 1h;
  loan.start();
  loan.fire(instant(0) + 1h);
  CHECK(loan.timer().ts_due == instant(0) + 2h);
  // Two were missed, and are not made up for.
  loan.fire(instant(0) + 4h + 1min);
  CHECK(loan.timer().ts_due == instant(0) + 5h);
  CHECK(loan.called == names{"due", "due"});
  loan.due_finishes = true;
  loan.fire(instant(0) + 5h);
  CHECK(loan.state.tasks.empty());
  CHECK(loan.state.steps.at(0).status == step_status::completed);
}

TEST_CASE("timer: a hook that throws makes the step go to ERROR, and the next reminder stays") {
  loan loan{1h};
  loan.due = instant(10);
  loan.due_throws = true;
  loan.start();
  const auto& made = loan.fire(instant(10));
  REQUIRE(made.failed);
  CHECK(made.failed->reason == "no stamp");
  CHECK(loan.state.steps.at(0).status == step_status::error);
  CHECK(loan.timer().ts_due == instant(10) + 1h);
  // It waits until somebody has brought the step back.
  CHECK_THROWS_AS(loan.fire(instant(10) + 1h), workflow_paused);
  loan.does([](workflow_context& on) { on.step("signing").recover(); });
  loan.due_throws = false;
  loan.fire(instant(10) + 1h);
  CHECK(loan.called == names{"due", "due"});
}

TEST_CASE("timer: of a hook of the workflow that throws, a message tells") {
  loan loan;
  loan.builder.on_wake("broken", [](workflow_context&) { throw std::runtime_error{"no ink"}; });
  loan.start();
  loan.does([](workflow_context& on) { on.wake_at("broken", instant(5)); });
  CHECK(loan.fire(instant(5)).work.messages.at(0).content == "timer 'broken': no ink");
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: ts_expire of the workflow calls on_expired, which may cancel") {
  loan loan;
  loan.expire = instant(500);
  loan.start();
  CHECK(loan.timer().ts_due == instant(500));
  loan.does([](workflow_context& on) { on.expire_at(instant(600)); });
  CHECK(loan.timer().ts_due == instant(600));
  CHECK(loan.state.workflow.ts_expire == instant(600));
  loan.fire(instant(600));
  CHECK(loan.called == names{"expired"});
  CHECK(loan.state.workflow.status == workflow_status::cancelled);
}

TEST_CASE("timer: the expiry of a step calls its on_expired, which decides what that means") {
  const step_status ends_as =
      GENERATE(step_status::error, step_status::cancelled, step_status::active);
  loan loan;
  loan.signing.on_expired([&](step_context& step) {
    loan.called.emplace_back("step expired");
    if (ends_as == step_status::error) step.fail("nobody has signed");
    if (ends_as == step_status::cancelled) step.cancel();
  });
  loan.start();
  const auto signing = [&] { return loan.state.steps.at(0); };
  loan.does([](workflow_context& on) { on.step("signing").expire_at(instant(300)); });
  CHECK(loan.timer().ts_due == instant(300));
  CHECK(loan.timer().step_id == signing().id);
  loan.does([](workflow_context& on) { on.step("signing").expire_at(instant(400)); });
  CHECK(loan.timer().ts_due == instant(400));
  CHECK(loan.fire(instant(400)).work.events.at(0).event_name == "nava.timer");
  CHECK(loan.called == names{"step expired"});
  CHECK(signing().status == ends_as);
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: of several hooks on an expiry, one that ends the step is the last") {
  loan loan;
  loan.signing.on_expired([](step_context& step) { step.cancel(); });
  loan.signing.on_expired([](step_context& step) { step.fail("too late"); });
  loan.start();
  loan.does([](workflow_context& on) { on.step("signing").expire_at(instant(300)); });
  loan.fire(instant(300));
  CHECK(loan.state.steps.at(0).status == step_status::cancelled);
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: of several hooks on the expiry of a workflow, one that ends it is the last") {
  loan loan;
  loan.builder.on_expired([](workflow_context& workflow) { workflow.cancel(); });
  loan.expire = instant(500);
  loan.start();
  loan.fire(instant(500));
  CHECK(loan.called == names{"expired"});
  CHECK(loan.state.workflow.status == workflow_status::cancelled);
}

TEST_CASE("timer: the expiry of a step is set with it, taken away, and gone with its end") {
  loan loan;
  loan.signing.on_expired([](step_context&) {});
  auto late = loan.builder.step("archiving", {.stage = "s"});
  late.on_expired([](step_context&) {});
  loan.start();
  loan.does([](workflow_context& on) { on.add_step("archiving", {.ts_expire = instant(300)}); });
  CHECK(loan.timer().ts_due == instant(300));
  loan.does([](workflow_context& on) { on.step("archiving").expire_at(std::nullopt); });
  CHECK(loan.state.tasks.empty());
  loan.does([](workflow_context& on) { on.step("signing").expire_at(instant(300)); });
  CHECK(loan.state.tasks.size() == 1);
  loan.does([](workflow_context& on) { on.step("signing").cancel(); });
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: the expiry of a step that nothing listens to, or that is finished, is refused") {
  loan loan;
  loan.builder.step("archiving", {.stage = "s"});
  loan.signing.on_expired([](step_context&) {});
  loan.start();
  CHECK(loan.refusal_of([](workflow_context& on) { on.step("filing").expire_at(instant(9)); }) ==
        "step 'filing' has no on_expired");
  CHECK(loan.refusal_of([](workflow_context& on) {
    on.add_step("archiving", {.ts_expire = instant(9)});
  }) == "step 'archiving' has no on_expired");
  CHECK(loan.refusal_of([](workflow_context& on) {
    auto signing = on.step("signing");
    signing.finish().expire_at(instant(9));
  }) == "expire_at is refused while step 'signing' is COMPLETED");
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: without a hook, ts_due and ts_expire cost nothing") {
  definition_builder plain{"plain", revision{1}};
  plain.stage("s", "Stage");
  plain.step("only", {.stage = "s"});
  plain.on_started([](workflow_context& on) { on.add_step("only", {.ts_due = instant(5)}); });
  const auto made = decide_start(
      plain.build(), {.workflow_id = workflow_id, .resource = {"p", "1"}, .ts_expire = instant(9)},
      instant(0), next_transaction());
  CHECK(made.state.tasks.empty());
}

TEST_CASE("timer: the end of a step takes its timers away, that of the workflow all") {
  loan loan;
  loan.due = instant(100);
  loan.expire = instant(500);
  loan.start();
  loan.does([](workflow_context& on) {
    on.step("signing").wake_at("remind", instant(50));
    on.wake_at("review", instant(60));
  });
  CHECK(loan.state.tasks.size() == 4);
  loan.does([](workflow_context& on) { on.step("signing").finish(); });
  CHECK(loan.state.tasks.size() == 2);
  SECTION("it completes") {
    loan.does([](workflow_context& on) { on.step("filing").finish(); });
    CHECK(loan.state.workflow.status == workflow_status::completed);
  }
  SECTION("it is cancelled") {
    loan.does([](workflow_context& on) { on.cancel(); });
  }
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: what cannot be set is refused in one line") {
  loan loan;
  loan.start();
  CHECK(loan.refusal_of([](workflow_context& on) { on.wake_at("remnid", instant(5)); }) ==
        "definition 'loan' has no on_wake(\"remnid\")");
  CHECK(loan.refusal_of([](workflow_context& on) {
    on.step("signing").wake_at("x", instant(5));
  }) == "step 'signing' has no on_wake(\"x\")");
  CHECK(loan.refusal_of([](workflow_context& on) {
    auto step = on.step("signing");
    step.finish();
    step.wake_at("remind", instant(5));
  }) == "wake_at is refused while step 'signing' is COMPLETED");
  CHECK(loan.refusal_of([](workflow_context& on) { on.add_task("nava.timer"); }) ==
        "task 'nava.timer': names and queues that begin with 'nava.' are the runtime's own");
  CHECK(loan.state.tasks.empty());
}

TEST_CASE("timer: a definition that listens to tasks of the runtime is refused") {
  loan loan;
  loan.builder.on_task_finished("nava.timer", [](workflow_context&, const task_end&) {});
  CHECK_THROWS_WITH(loan.builder.build(),
                    "definition 'loan': task 'nava.timer': names that begin with 'nava.' are the "
                    "runtime's own");
}

TEST_CASE("timer: reminders more often than each second are refused") {
  loan loan{10ms};
  CHECK_THROWS_WITH(loan.builder.build(),
                    "definition 'loan': step 'signing': remind_every is 10 ms; 0 and 1000 to "
                    "31622400000 ms are allowed");
}
