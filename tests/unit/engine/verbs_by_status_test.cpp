// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <nava/engine/decision.hpp>
#include <set>

#include "support/catch.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::engine;
using namespace nava::schema;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

using statuses = std::vector<std::string>;
using workflow_verb = std::function<void(workflow_context&)>;
using step_verb = std::function<void(step_context&)>;

const uuid workflow_id = id_of(id_kind::workflow, 1);
const event act{.name = "act", .resource = {"claim", "1"}, .key = no_key};

// A workflow with a step, a participant, a task and a time; an event does `verb`.
definition claim(const workflow_verb& verb) {
  definition_builder claim{"claim", revision{1}};
  claim.role("clerk", "Clerk").stage("s", "Stage");
  claim.step("first", {.stage = "s", .states = {"MOVED"}, .repeats = true})
      .on_wake("later", [](step_context&) {});
  claim.on_wake("later", [](workflow_context&) {});
  claim.on("act", [verb](workflow_context& on, const event&) { verb(on); });
  claim.on_started([](workflow_context& on) {
    on.add_step("first");
    on.add_participant("clerk", "ada");
    on.add_task("print");
  });
  return claim.build();
}

workflow_state started() {
  return decide_start(claim([](workflow_context&) {}),
                      {.workflow_id = workflow_id, .resource = {"claim", "1"}}, instant(0),
                      id_of(id_kind::transaction, 1))
      .state;
}

bool is_allowed(const workflow_state& state, const workflow_verb& verb) {
  try {
    (void)decide(claim(verb), state, act, instant(1), id_of(id_kind::transaction, 2));
    return true;
  } catch (const refused&) {
    return false;
  }
}

statuses allowed_for(const workflow_verb& verb) {
  statuses allowed;
  for (const auto& [status, name] :
       std::map<workflow_status, std::string>{{workflow_status::created, "NEW"},
                                              {workflow_status::active, "ACTIVE"},
                                              {workflow_status::degraded, "DEGRADED"},
                                              {workflow_status::paused, "PAUSED"},
                                              {workflow_status::completed, "COMPLETED"},
                                              {workflow_status::cancelled, "CANCELLED"},
                                              {workflow_status::failed, "FAILED"}}) {
    workflow_state state = started();
    state.workflow.status = status;
    if (status == workflow_status::paused) state.workflow.paused = workflow_status::active;
    // The status follows from the steps.
    if (status == workflow_status::degraded) state.steps.at(0).status = step_status::error;
    if (is_allowed(state, verb)) allowed.push_back(name);
  }
  return allowed;
}

statuses allowed_for(const step_verb& verb) {
  statuses allowed;
  for (const auto status : {step_status::active, step_status::error, step_status::completed,
                            step_status::ignored, step_status::cancelled}) {
    workflow_state state = started();
    state.steps.at(0).status = status;
    if (status == step_status::error) state.workflow.status = workflow_status::degraded;
    const uuid selector = state.steps.at(0).selector;
    const auto on_step = [&](workflow_context& on) {
      auto step = on.step(selector);
      verb(step);
    };
    if (is_allowed(state, on_step)) allowed.emplace_back(to_text(status));
  }
  return allowed;
}

// The task that the workflow was started with.
statuses allowed_for_task(const std::function<void(workflow_context&, const uuid&)>& verb) {
  statuses allowed;
  for (const auto status : {task_status::scheduled, task_status::running, task_status::completed,
                            task_status::failed, task_status::cancelled}) {
    workflow_state state = started();
    state.tasks.at(0).status = status;
    const uuid id = state.tasks.at(0).id;
    if (is_allowed(state, [&](workflow_context& on) { verb(on, id); }))
      allowed.emplace_back(to_text(status));
  }
  return allowed;
}

const statuses working{"ACTIVE", "DEGRADED"};
const statuses unfinished{"NEW", "ACTIVE", "DEGRADED", "PAUSED"};

}  // namespace

TEST_CASE("verbs: what each status of a workflow allows") {
  const std::map<std::string, std::pair<workflow_verb, statuses>> verbs{
      {"add_step", {[](workflow_context& on) { on.add_step("first"); }, working}},
      {"start_child",
       {[](workflow_context& on) {
          on.start_child("check", {"customer", "1"});
        },
        working}},
      {"memorize",
       {[](workflow_context& on) {
          on.memorize({{"a", 1}});
        },
        unfinished}},
      {"output",
       {[](workflow_context& on) {
          on.output({{"a", 1}});
        },
        unfinished}},
      {"add_participant",
       {[](workflow_context& on) { on.add_participant("clerk", "bob"); }, unfinished}},
      {"del_participant",
       {[](workflow_context& on) { on.del_participant("clerk", "ada"); }, unfinished}},
      {"add_task", {[](workflow_context& on) { on.add_task("post"); }, unfinished}},
      {"cancel_task",
       {[](workflow_context& on) { on.cancel_task(on.open_tasks().at(0).id); }, unfinished}},
      {"message", {[](workflow_context& on) { on.message("hello"); }, unfinished}},
      {"wake_at", {[](workflow_context& on) { on.wake_at("later", instant(9)); }, unfinished}},
      {"cancel_wake", {[](workflow_context& on) { on.cancel_wake("later"); }, unfinished}},
      {"expire_at", {[](workflow_context& on) { on.expire_at(instant(9)); }, unfinished}},
      {"pause", {[](workflow_context& on) { on.pause(); }, {"ACTIVE"}}},
      {"resume", {[](workflow_context& on) { on.resume(); }, {"PAUSED"}}},
      {"cancel", {[](workflow_context& on) { on.cancel(); }, unfinished}},
      {"abort", {[](workflow_context& on) { on.abort(); }, {"DEGRADED"}}}};
  for (const auto& [name, verb] : verbs) {
    INFO(name);
    CHECK(allowed_for(verb.first) == verb.second);
  }
}

TEST_CASE("verbs: what each status of a step allows") {
  const statuses active{"ACTIVE"}, error{"ERROR"}, open{"ACTIVE", "ERROR"},
      all{"ACTIVE", "ERROR", "COMPLETED", "IGNORED", "CANCELLED"};
  const std::map<std::string, std::pair<step_verb, statuses>> verbs{
      {"transit", {[](step_context& step) { step.transit("MOVED"); }, active}},
      {"finish", {[](step_context& step) { step.finish(); }, active}},
      {"label", {[](step_context& step) { step.label("moved"); }, active}},
      {"due_at", {[](step_context& step) { step.due_at(instant(9)); }, active}},
      {"start_child",
       {[](step_context& step) {
          step.start_child("check", {"customer", "1"});
        },
        active}},
      {"fail", {[](step_context& step) { step.fail("why"); }, active}},
      {"cancel", {[](step_context& step) { step.cancel(); }, active}},
      {"recover", {[](step_context& step) { step.recover(); }, error}},
      {"ignore", {[](step_context& step) { step.ignore(); }, error}},
      {"wake_at", {[](step_context& step) { step.wake_at("later", instant(9)); }, open}},
      {"cancel_wake", {[](step_context& step) { step.cancel_wake("later"); }, open}},
      {"add_step", {[](step_context& step) { step.add_step("first"); }, all}},
      {"memorize",
       {[](step_context& step) {
          step.memorize({{"a", 1}});
        },
        all}},
      {"add_task", {[](step_context& step) { step.add_task("post"); }, all}},
      {"message", {[](step_context& step) { step.message("hello"); }, all}}};
  for (const auto& [name, verb] : verbs) {
    INFO(name);
    CHECK(allowed_for(verb.first) == verb.second);
  }
}

TEST_CASE("verbs: what each status of a task allows") {
  CHECK(allowed_for_task([](workflow_context& on, const uuid& id) { on.cancel_task(id); }) ==
        statuses{"SCHEDULED", "RUNNING"});
}

TEST_CASE("verbs: commands to a task, by the statuses of task and workflow") {
  const auto allowed = [](task_command verb) {
    std::set<std::string> found;
    for (const auto& of_workflow : enum_names<workflow_status>::names)
      for (const auto& of_task : enum_names<task_status>::names) {
        workflow_state state = started();
        state.workflow.status = of_workflow.value;
        state.tasks.at(0).status = of_task.value;
        const auto task = state.tasks.at(0);
        try {
          (void)decide(claim([](workflow_context&) {}), state, verb, task, {}, instant(2),
                       id_of(id_kind::transaction, 2));
          found.insert(std::string{to_text(of_workflow.value)} + " " +
                       std::string{to_text(of_task.value)});
        } catch (const refused&) {
        }
      }
    return found;
  };
  CHECK(allowed(task_command::cancel) ==
        std::set<std::string>{"NEW SCHEDULED", "NEW RUNNING", "ACTIVE SCHEDULED", "ACTIVE RUNNING",
                              "DEGRADED SCHEDULED", "DEGRADED RUNNING", "PAUSED SCHEDULED",
                              "PAUSED RUNNING"});
  CHECK(allowed(task_command::retry) ==
        std::set<std::string>{"NEW FAILED", "NEW CANCELLED", "ACTIVE FAILED", "ACTIVE CANCELLED",
                              "DEGRADED FAILED", "DEGRADED CANCELLED", "COMPLETED FAILED",
                              "COMPLETED CANCELLED"});
}

TEST_CASE("verbs: the end of a task, by the statuses of task and workflow") {
  const auto may_end = [](workflow_status workflow, task_status task) {
    workflow_state state = started();
    state.workflow.status = workflow;
    state.tasks.at(0).status = task;
    task_end ended;
    ended.id = state.tasks.at(0).id;
    ended.name = "print";
    try {
      (void)decide_task_end(claim([](workflow_context&) {}), state, ended, {1, "w", instant(1)},
                            instant(2), id_of(id_kind::transaction, 2));
      return true;
    } catch (const refused&) {
      return false;
    }
  };
  using enum workflow_status;
  for (const auto workflow : {created, active, degraded, completed, cancelled, failed}) {
    INFO(to_text(workflow));
    CHECK(may_end(workflow, task_status::scheduled));
    CHECK(may_end(workflow, task_status::running));
    for (const auto task : {task_status::completed, task_status::failed, task_status::cancelled})
      CHECK_FALSE(may_end(workflow, task));
  }
  CHECK_FALSE(may_end(workflow_status::paused, task_status::scheduled));
}
