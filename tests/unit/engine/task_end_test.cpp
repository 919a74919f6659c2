// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/decision.hpp>
#include <nava/workflow/error.hpp>

#include "support/catch.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::schema;
using namespace nava::test;

namespace {

const uuid workflow_id = id_of(id_kind::workflow, 1);
const uuid transaction_id = id_of(id_kind::transaction, 1);
using names = std::vector<std::string>;

// A definition whose hooks say that they were called, and one started workflow of it.
struct letter {
  letter() {
    builder.stage("s", "Stage");
    step.on_task_finished("print", [this](step_context&, const task_end& ended) {
      called.push_back("step " + std::string{to_text(ended.status)});
      if (step_throws) throw std::runtime_error{"no ink"};
    });
    builder.on_task_finished("print", [this](workflow_context& workflow, const task_end& ended) {
      called.push_back("workflow " + std::string{to_text(ended.status)});
      if (workflow_throws) throw std::runtime_error{"no paper"};
      workflow.memorize({{"pages", ended.result.contains("pages") ? 1 : 0}});
    });
    builder.on_task_finished("post", [this](workflow_context&, const task_end&) {
      called.emplace_back("post finished");
    });
    builder.on_task_failed("post", [this](workflow_context&, const task_end& ended) {
      called.push_back("post failed: " + *ended.error);
    });
    builder.on_started([](workflow_context& workflow) {
      workflow.add_step("writing").add_task("print");
      workflow.add_task("post");
    });
    definition made = builder.build();
    state = decide_start(made, {workflow_id, {"letter", "1"}}, instant(0), transaction_id).state;
  }

  decision end(std::size_t task, task_status status, std::optional<std::string> error = {}) {
    task_end ended;
    ended.id = state.tasks.at(task).id;
    ended.name = state.tasks.at(task).name;
    ended.status = status;
    ended.error = std::move(error);
    if (ended.succeeded()) ended.result = {{"pages", 3}};
    ended.attempt = 2;
    return decide_task_end(builder.build(), state, ended, {7, "ada", instant(1)}, instant(2),
                           transaction_id);
  }

  definition_builder builder{"letter", revision{1}};
  step_builder step = builder.step("writing", {.stage = "s"});
  workflow_state state;
  names called;
  bool step_throws = false, workflow_throws = false;
};

}  // namespace

TEST_CASE("task end: the row tells of the attempt, and the hooks of step and workflow run") {
  letter letter;
  const auto made = letter.end(0, task_status::completed);
  CHECK(letter.called == names{"step COMPLETED", "workflow COMPLETED"});
  CHECK(made.state.tasks.size() == 1);
  CHECK(made.state.memory.memory.at("pages") == 1);
  const auto& task = made.work.tasks.updated.at(0);
  CHECK(task.status == task_status::completed);
  CHECK(task.result == json::object{{"pages", 3}});
  CHECK(task.attempt == 2);
  CHECK(task.lease_fence == 7);
  CHECK(task.lease_owner == "ada");
  CHECK(task.ts_start == instant(1));
  CHECK(task.ts_end == instant(2));
  CHECK(made.work.events.at(0).event_name == "nava.task-finished");
  CHECK(made.work.events.at(0).event_data.at("name") == "print");
  CHECK_FALSE(made.failed);
}

TEST_CASE("task end: on_task_failed takes failures; where there is none, on_task_finished does") {
  letter letter;
  (void)letter.end(0, task_status::failed, "jam");
  (void)letter.end(1, task_status::failed, "no stamp");
  (void)letter.end(1, task_status::completed);
  CHECK(letter.called ==
        names{"step FAILED", "workflow FAILED", "post failed: no stamp", "post finished"});
}

TEST_CASE("task end: a hook that throws undoes the hooks, not the end of the task") {
  letter letter;
  SECTION("the task's step goes to ERROR") {
    letter.workflow_throws = true;
    const auto made = letter.end(0, task_status::completed);
    REQUIRE(made.failed);
    CHECK(made.failed->step_key == "writing");
    CHECK(made.failed->reason == "no paper");
    CHECK(made.state.steps.at(0).status == step_status::error);
    CHECK(made.state.workflow.status == workflow_status::degraded);
    CHECK(made.work.tasks.updated.at(0).status == task_status::completed);
  }
  SECTION("or a message tells the reason") {
    letter.state.steps.at(0).status = step_status::error;
    letter.state.workflow.status = workflow_status::degraded;
    letter.step_throws = true;
    const auto made = letter.end(0, task_status::completed);
    CHECK_FALSE(made.failed);
    CHECK(made.work.messages.at(0).content == "the end of task 'print': no ink");
    CHECK(made.work.tasks.updated.at(0).status == task_status::completed);
  }
}

TEST_CASE("task end: whatever hooks throw, in turn, the task ends") {
  letter letter;
  letter.builder.on_degraded([](workflow_context&) { throw 42; });
  letter.step_throws = true;
  const auto made = letter.end(0, task_status::completed);
  CHECK_FALSE(made.failed);
  CHECK(made.work.tasks.updated.at(0).status == task_status::completed);
  CHECK(made.work.messages.at(0).content ==
        "the end of task 'print': a hook threw what is not a std::exception");
  CHECK(made.state.steps.at(0).status == step_status::active);
}

TEST_CASE("task end: what a hook cannot store is a hook that throws") {
  letter letter;
  letter.builder.on_task_finished("post", [](workflow_context& workflow, const task_end&) {
    workflow.memorize({{"bad", "\xff"}});
  });
  const auto made = letter.end(1, task_status::completed);
  CHECK(made.work.tasks.updated.at(0).status == task_status::completed);
  CHECK(made.work.messages.size() == 1);
}

TEST_CASE("task end: of a workflow that is paused it can be tried again") {
  letter letter;
  letter.state.workflow.status = workflow_status::paused;
  try {
    (void)letter.end(0, task_status::completed);
    FAIL("it was not refused");
  } catch (const workflow_paused& refusal) {
    CHECK(refusal.may_retry());
  }
  CHECK(letter.called.empty());
}

TEST_CASE("task end: the hooks of finished steps and workflows do not run") {
  letter letter;
  letter.state.steps.at(0).status = step_status::cancelled;
  (void)letter.end(0, task_status::completed);
  CHECK(letter.called == names{"workflow COMPLETED"});
  letter.state.workflow.status = workflow_status::completed;
  letter.called.clear();
  CHECK(letter.end(0, task_status::completed).work.tasks.updated.size() == 1);
  CHECK(letter.called.empty());
}

TEST_CASE("task end: a task that is not open is refused") {
  letter letter;
  letter.state.tasks.at(0).status = task_status::cancelled;
  CHECK_THROWS_AS(letter.end(0, task_status::completed), action_refused);
  CHECK(letter.called.empty());
}

TEST_CASE("task end: a definition knows to which tasks it listens, and refuses empty hooks") {
  letter letter;
  CHECK(letter.builder.build().listens_to_task("print"));
  CHECK(letter.builder.build().listens_to_task("post"));
  CHECK_FALSE(letter.builder.build().listens_to_task("writing"));
  letter.builder.on_task_failed("post", {});
  CHECK_THROWS_AS(letter.builder.build(), definition_error);
}
