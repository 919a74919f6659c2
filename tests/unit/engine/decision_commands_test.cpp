// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::test::decisions;

TEST_CASE("pause stops the moves of steps, resume brings back what was before") {
  const definition how = approval().build();
  const auto paused = commanded(how, started(how), command::pause);
  CHECK(paused.state.workflow.status == workflow_status::paused);
  CHECK(paused.work.events.front().event_data == json::object{{"reason", "because"}});
  CHECK(refusal([&] { (void)delivered(how, paused, named("ask")); }) ==
        "transit is refused while the workflow is PAUSED; allowed: ACTIVE, DEGRADED");
  CHECK(refusal([&] { (void)commanded(how, paused, command::pause); }) ==
        "pause is refused while the workflow is PAUSED; allowed: ACTIVE");
  const auto resumed = commanded(how, paused, command::resume);
  CHECK(resumed.state.workflow.status == workflow_status::active);
  CHECK_FALSE(resumed.state.workflow.paused.has_value());
}

TEST_CASE("cancel closes open steps and tasks and finishes the workflow") {
  auto builder = approval();
  builder.on("order", [](workflow_context& workflow, const event&) { workflow.add_task("print"); });
  const definition how = builder.build();
  const auto ordered = delivered(how, started(how), named("order"));
  const auto cancelled = commanded(how, ordered, command::cancel);
  CHECK(cancelled.state.workflow.status == workflow_status::cancelled);
  CHECK(cancelled.state.workflow.ts_finish == noon);
  CHECK(cancelled.state.steps.front().status == step_status::cancelled);
  REQUIRE(cancelled.work.tasks.updated.size() == 1);
  CHECK(cancelled.work.tasks.updated.front().status == task_status::cancelled);
  for (const command what : {command::cancel, command::abort, command::pause, command::resume})
    CHECK(refusal([&] { (void)commanded(how, cancelled, what); }) != "none");
}

TEST_CASE("abort is for degraded workflows only") {
  const definition how = approval().build();
  CHECK(refusal([&] { (void)commanded(how, started(how), command::abort); }) ==
        "abort is refused while the workflow is ACTIVE; allowed: DEGRADED");
}

TEST_CASE("a workflow that ends does not begin to end again, and ends with no step open") {
  auto builder = approval();
  builder.step("farewell", {.stage = "pay"});
  builder.on_cancelled([](workflow_context& workflow) { workflow.add_step("farewell"); });
  const definition how = builder.build();
  const auto cancelled = commanded(how, started(how), command::cancel);
  CHECK(cancelled.state.steps.at(1).status == step_status::cancelled);
  CHECK(cancelled.state.workflow.progress == 1.0);

  auto again = approval();
  again.on_cancelled([](workflow_context& workflow) { workflow.cancel(); });
  const definition twice = again.build();
  CHECK(refusal([&] { (void)commanded(twice, started(twice), command::cancel); }) ==
        "cancel is refused while the workflow ends");
}
