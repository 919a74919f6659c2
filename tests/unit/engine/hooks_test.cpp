// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/decision.hpp>
#include <nava/nava.hpp>

#include "support/catch.hpp"

namespace {

using namespace nava;
using namespace nava::schema;
using engine::command;
using engine::decide;
using engine::decide_start;
using engine::decision;

const uuid workflow_id = *parse_uuid("01890000-0000-7000-8000-000000000001");
const uuid transaction_id = *parse_uuid("01890000-0000-7000-8000-0000000000aa");
const timestamp noon = *parse_timestamp("2026-03-01T12:00:00Z");
const resource about{"claim", "4711"};

using story = std::vector<std::string>;

std::string status_in(const workflow_context& workflow) {
  return std::string{to_text(workflow.row().status)};
}

// A claim with a step in each of two stages, whose hooks tell when they ran and what they saw.
definition_builder told_by(story& told) {
  const auto tell = [&told](const char* hook) {
    return [&told, hook](workflow_context& workflow) {
      told.push_back(std::string{hook} + ": " + status_in(workflow));
    };
  };
  const auto tell_of_step = [&told](const char* hook) {
    return [&told, hook](step_context& step) {
      told.push_back(std::string{hook} + ": " + step.row().step_key + " " +
                     std::string{to_text(step.row().status)} + ", " + status_in(step.workflow()));
    };
  };
  const auto tell_of_move = [&told](const char* hook) {
    return [&told, hook](step_context& step, std::string_view from_state) {
      told.push_back(std::string{hook} + ": " + std::string{from_state} + " to " +
                     step.row().stm_state);
    };
  };
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review").role("manager", "Manager");
  builder.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED"}})
      .transition("APPROVED", from{"ASKED"}, tell_of_move("of the transition"))
      .transition("ASKED", tell_of_move("of the transition"))
      .on_transition(tell_of_move("on_transition"))
      .on_finished(tell_of_step("on_finished"))
      .on_error(tell_of_step("on_error"))
      .on_recovered(tell_of_step("on_recovered"));
  builder.step("visit", {.stage = "review", .states = {"SEEN"}, .repeats = true});
  builder.on_started(tell("on_started"))
      .on_step_added(tell_of_step("on_step_added"))
      .on_degraded(tell("on_degraded"))
      .on_paused(tell("on_paused"))
      .on_resumed(tell("on_resumed"))
      .on_completed(tell("on_completed"))
      .on_cancelled(tell("on_cancelled"))
      .on_aborted(tell("on_aborted"));
  builder.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  return builder;
}

event named(std::string name, json::object data = {}) {
  return {.name = std::move(name), .resource = about, .key = nava::no_key, .data = std::move(data)};
}

// A definition with one more handler, and its workflow as it develops.
class told_workflow {
 public:
  explicit told_workflow(workflow_handler handler = [](workflow_context&, const event&) {})
      : definition_(told_by(told_).on("do", std::move(handler)).build()),
        now_(decide_start(definition_, {workflow_id, about, {{"amount", 120}}}, noon,
                          transaction_id)) {}
  // The hooks refer to the story.
  told_workflow(const told_workflow&) = delete;
  told_workflow& operator=(const told_workflow&) = delete;

  // What the hooks told of it; a refusal stands in their place.
  story deliver(const event& happened = named("do")) {
    return during([&] { return decide(definition_, now_.state, happened, noon, transaction_id); });
  }
  story command(engine::command given) {
    return during([&] {
      return decide(definition_, now_.state, given, {.reason = "why"}, noon, transaction_id);
    });
  }

  const decision& now() const { return now_; }
  const story& told() const { return told_; }

 private:
  story during(const std::function<decision()>& deciding) {
    told_.clear();
    try {
      now_ = deciding();
    } catch (const refused& failure) {
      return {failure.what()};
    }
    return told_;
  }

  story told_;
  nava::definition definition_;
  decision now_;
};

}  // namespace

TEST_CASE("the hooks of a start run after the status turned, in the order of definition") {
  const told_workflow claim;
  CHECK(claim.told() == story{"on_started: ACTIVE", "on_step_added: approval ACTIVE, ACTIVE"});
}

TEST_CASE("a move runs the hook of its transition, then on_transition, then on_finished") {
  told_workflow claim{[](workflow_context& workflow, const event& how) {
    workflow.step("approval").transit(how.data.at("to").as_string());
  }};
  CHECK(claim.deliver(named("do", {{"to", "ASKED"}})) ==
        story{"of the transition: _CREATED to ASKED", "on_transition: _CREATED to ASKED"});
  CHECK(claim.deliver(named("do", {{"to", "APPROVED"}})) ==
        story{"of the transition: ASKED to APPROVED", "on_transition: ASKED to APPROVED"});
  CHECK(claim.deliver(named("do", {{"to", "_FINISHED"}})) ==
        story{"on_transition: APPROVED to _FINISHED", "on_finished: approval COMPLETED, ACTIVE",
              "on_completed: ACTIVE"});
  CHECK(claim.now().state.workflow.status == workflow_status::completed);
}

TEST_CASE("a move that is refused runs no hook") {
  told_workflow claim{[](workflow_context& workflow, const event&) {
    workflow.step("approval").transit("APPROVED");
  }};
  CHECK(claim.deliver() == story{"step 'approval' cannot go from _CREATED to APPROVED; allowed "
                                 "from: ASKED"});
  CHECK(claim.told().empty());
}

TEST_CASE("a step that fails runs on_degraded, then on_error; one that recovers, on_recovered") {
  told_workflow claim{[](workflow_context& workflow, const event& how) {
    auto step = workflow.step("approval");
    if (how.data.contains("fail"))
      step.fail("the printer burns");
    else
      step.recover();
  }};
  CHECK(claim.deliver(named("do", {{"fail", true}})) ==
        story{"on_degraded: DEGRADED", "on_error: approval ERROR, DEGRADED"});
  CHECK(claim.now().work.messages.front().source == "approval");
  CHECK(claim.deliver() == story{"on_recovered: approval ACTIVE, ACTIVE"});
}

TEST_CASE("commands run the hooks of their end before the status turns, of a pause after") {
  told_workflow claim{
      [](workflow_context& workflow, const event&) { workflow.step("approval").fail("lost"); }};
  CHECK(claim.command(command::pause) == story{"on_paused: PAUSED"});
  CHECK(claim.command(command::resume) == story{"on_resumed: ACTIVE"});
  (void)claim.deliver();
  CHECK(claim.command(command::abort) == story{"on_aborted: DEGRADED"});
  CHECK(claim.now().state.workflow.status == workflow_status::failed);

  told_workflow other;
  CHECK(other.command(command::cancel) == story{"on_cancelled: ACTIVE"});
  CHECK(other.now().state.workflow.status == workflow_status::cancelled);
}

TEST_CASE("a handler pauses, cancels and aborts its own workflow") {
  told_workflow paused{[](workflow_context& workflow, const event&) { workflow.pause(); }};
  CHECK(paused.deliver() == story{"on_paused: PAUSED"});
  CHECK(paused.now().state.workflow.paused == workflow_status::active);
  CHECK(paused.deliver() ==
        story{"pause is refused while the workflow is PAUSED; allowed: ACTIVE"});

  told_workflow both{[](workflow_context& workflow, const event&) {
    workflow.pause();
    workflow.resume();
  }};
  CHECK(both.deliver() == story{"on_paused: PAUSED", "on_resumed: ACTIVE"});
  CHECK_FALSE(both.now().state.workflow.paused.has_value());

  told_workflow cancelled{[](workflow_context& workflow, const event&) { workflow.cancel(); }};
  CHECK(cancelled.deliver() == story{"on_cancelled: ACTIVE"});
  CHECK(cancelled.now().state.steps.front().status == step_status::cancelled);

  told_workflow aborted{[](workflow_context& workflow, const event&) {
    workflow.step("approval").fail("lost");
    workflow.abort();
  }};
  CHECK(aborted.deliver() == story{"on_degraded: DEGRADED", "on_error: approval ERROR, DEGRADED",
                                   "on_aborted: DEGRADED"});
  CHECK(aborted.now().state.workflow.status == workflow_status::failed);
  CHECK(aborted.now().state.steps.front().status == step_status::error);

  told_workflow healthy{[](workflow_context& workflow, const event&) { workflow.abort(); }};
  CHECK(healthy.deliver() ==
        story{"abort is refused while the workflow is ACTIVE; allowed: DEGRADED"});
}

TEST_CASE("a step is found by its selector, whatever its key, and moved by it") {
  const uuid mine = *parse_uuid("01890000-0000-7000-8000-0000000000b1");
  std::string found;
  told_workflow claim{[&](workflow_context& workflow, const event& how) {
    if (workflow.steps().size() == 1) {
      workflow.add_step("visit");
      workflow.add_step("visit", {.selector = mine});
    }
    found = workflow.step(mine).row().step_key;
    if (how.data.contains("key")) (void)workflow.step("visit");
    if (how.data.contains("other")) (void)workflow.step(workflow_id);
    workflow.transit_step(mine, how.data.contains("end") ? "_FINISHED" : "SEEN");
  }};
  (void)claim.deliver();
  CHECK(found == "visit");
  CHECK(claim.now().state.steps.at(1).stm_state == engine::state_created);
  CHECK(claim.now().state.steps.at(2).stm_state == "SEEN");
  CHECK(claim.deliver(named("do", {{"key", true}})) ==
        story{"several steps 'visit' are open; name one by its selector"});
  CHECK(claim.deliver(named("do", {{"other", true}})) ==
        story{"no step has the selector 01890000-0000-7000-8000-000000000001"});
  (void)claim.deliver(named("do", {{"end", true}}));
  CHECK(claim.now().state.steps.at(2).status == step_status::completed);
  CHECK(claim.deliver() == story{"transit is refused while step 'visit' is COMPLETED; allowed: "
                                 "ACTIVE"});
}

TEST_CASE("two steps of one workflow have two selectors") {
  const uuid mine = *parse_uuid("01890000-0000-7000-8000-0000000000b1");
  told_workflow claim{[&](workflow_context& workflow, const event&) {
    workflow.add_step("visit", {.selector = mine});
    workflow.add_step("visit", {.selector = mine});
  }};
  CHECK(claim.deliver() ==
        story{"another step has the selector 01890000-0000-7000-8000-0000000000b1"});
}

TEST_CASE("a step is labelled, cancelled and ignored, and says a message under its key") {
  told_workflow claim{[](workflow_context& workflow, const event& how) {
    const std::string_view what = how.data.at("what").as_string();
    auto step = workflow.step("approval");
    if (what == "label") step.label("waits for Ann").message("asked");
    if (what == "cancel") step.cancel();
    if (what == "ignore") step.fail("lost").ignore();
    if (what == "ignore at once") step.ignore();
  }};
  (void)claim.deliver(named("do", {{"what", "label"}}));
  CHECK(claim.now().state.steps.front().stm_label == "waits for Ann");
  CHECK(claim.now().work.messages.front().source == "approval");
  CHECK(claim.deliver(named("do", {{"what", "ignore at once"}})) ==
        story{"ignore is refused while step 'approval' is ACTIVE; allowed: ERROR"});
  (void)claim.deliver(named("do", {{"what", "cancel"}}));
  CHECK(claim.now().state.steps.front().status == step_status::cancelled);

  told_workflow other{[](workflow_context& workflow, const event&) {
    workflow.step("approval").fail("lost").ignore();
  }};
  (void)other.deliver();
  CHECK(other.now().state.steps.front().status == step_status::ignored);
  CHECK(other.now().state.workflow.status == workflow_status::completed);
}

TEST_CASE(
    "a task of a step is stored with it; a task without attempts, or twice ended, is refused") {
  uuid task;
  told_workflow claim{[&](workflow_context& workflow, const event& how) {
    const std::string_view what = how.data.at("what").as_string();
    if (what == "add")
      task = workflow.step("approval")
                 .add_task("print", {{"copies", 2}}, {.desc = "on paper", .attempts_max = 3});
    if (what == "none") workflow.add_task("print", {}, {.attempts_max = 0});
    if (what == "end") workflow.cancel_task(task);
  }};
  (void)claim.deliver(named("do", {{"what", "add"}}));
  const workflow_task& row = claim.now().work.tasks.inserted.at(0);
  CHECK(row.step_id == claim.now().state.steps.front().id);
  CHECK(row.attempts_max == 3);
  CHECK(row.desc == "on paper");
  CHECK(claim.deliver(named("do", {{"what", "none"}})) ==
        story{"task 'print' needs at least one attempt"});
  (void)claim.deliver(named("do", {{"what", "end"}}));
  CHECK(claim.deliver(named("do", {{"what", "end"}})) ==
        story{"the workflow has no open task " + to_text(task)});
}

TEST_CASE("a participant who is not there cannot be taken away") {
  told_workflow claim{[](workflow_context& workflow, const event& how) {
    if (how.data.contains("add")) workflow.add_participant("manager", "ann");
    if (how.data.contains("check")) CHECK(workflow.participants().size() == 1);
    workflow.del_participant("manager", "ann");
  }};
  CHECK(claim.deliver(named("do", {{"add", true}, {"check", true}})).empty());
  CHECK(claim.now().state.participants.empty());
  CHECK(claim.deliver() == story{"there is no such participant in role 'manager'"});
}

TEST_CASE("params, memory and output are read where they are written, of a step and its workflow") {
  told_workflow claim{[](workflow_context& workflow, const event&) {
    auto step = workflow.step("approval");
    step.memorize({{"a", "of the step"}});
    workflow.memorize({{"a", "of the workflow"}}).output({{"paid", true}});
    CHECK(step.memory() == json::object{{"a", "of the step"}});
    CHECK(step.workflow().memory() == json::object{{"a", "of the workflow"}});
    CHECK(workflow.memory() == json::object{{"a", "of the workflow"}});
    CHECK(step.output() == json::object{{"paid", true}});
    CHECK(workflow.output() == json::object{{"paid", true}});
    CHECK(step.params() == json::object{{"amount", 120}});
    CHECK(workflow.params() == json::object{{"amount", 120}});
    CHECK(step.recall("a") == "of the step");
    CHECK(step.recall("amount") == 120);
    CHECK(workflow.recall("a") == "of the workflow");
    CHECK(workflow.recall("paid").is_null());
    workflow.message("read");
  }};
  (void)claim.deliver();
  CHECK(claim.now().work.messages.size() == 1);
}

TEST_CASE("verbs of a workflow follow each other in one expression") {
  const uuid mine = *parse_uuid("01890000-0000-7000-8000-0000000000b1");
  told_workflow claim{[&](workflow_context& workflow, const event&) {
    workflow.add_step("visit", {.selector = mine});
    const uuid task = workflow.add_task("print");
    auto& same = workflow.transit_step(mine, "SEEN").cancel_task(task).pause().resume().cancel();
    CHECK(&same == &workflow);
  }};
  (void)claim.deliver();
  CHECK(claim.now().state.steps.at(1).stm_state == "SEEN");
  CHECK(claim.now().work.tasks.inserted.at(0).status == task_status::cancelled);
  CHECK(claim.now().state.workflow.status == workflow_status::cancelled);

  told_workflow broken{[](workflow_context& workflow, const event&) {
    workflow.step("approval").fail("lost");
    CHECK(&workflow.abort() == &workflow);
  }};
  (void)broken.deliver();
  CHECK(broken.now().state.workflow.status == workflow_status::failed);
}

TEST_CASE("a join waits until each of its steps is there and all of them are finished") {
  std::vector<bool> seen;
  told_workflow claim{[&](workflow_context& workflow, const event&) {
    const auto joined = [&] { seen.push_back(workflow.all_finished({"approval", "visit"})); };
    joined();
    auto first = workflow.add_step("visit");
    auto second = workflow.add_step("visit");
    workflow.step("approval").transit("ASKED").finish();
    first.finish();
    joined();
    second.fail("lost");
    joined();
    second.ignore();
    joined();
    workflow.add_step("visit").cancel();
    joined();
    CHECK(workflow.all_finished({"approval"}));
    workflow.add_step("visit");
    joined();
  }};
  (void)claim.deliver();
  CHECK(seen == std::vector{false, false, false, true, true, false});
}

TEST_CASE("a join of a step that the definition lacks is refused, since it would wait for ever") {
  told_workflow claim{[](workflow_context& workflow, const event&) {
    (void)workflow.all_finished({"approval", "vist"});
  }};
  CHECK(claim.deliver() == story{"definition 'claim' has no step 'vist'"});
}

TEST_CASE("a step keeps the state before the present one, which _FINISHED would hide") {
  std::vector<std::string> seen;
  told_workflow claim{[&](workflow_context& workflow, const event&) {
    auto step = workflow.step("approval");
    const auto look = [&] { seen.emplace_back(step.last_state()); };
    look();
    step.transit("ASKED");
    look();
    step.label("waits").memorize({{"x", 1}});
    look();
    step.transit("APPROVED").finish();
    look();
  }};
  (void)claim.deliver();
  CHECK(seen == std::vector<std::string>{"", "_CREATED", "_CREATED", "APPROVED"});
  CHECK(claim.now().work.steps.updated.at(0).stm_from == "APPROVED");
  const auto& moves = claim.now().work.mutations;
  CHECK(std::count_if(moves.begin(), moves.end(), [](const auto& move) {
          return move.mutation.contains("stm_state") && move.mutation.contains("stm_from");
        }) == 3);

  told_workflow given_up{[](workflow_context& workflow, const event&) {
    workflow.step("approval").transit("ASKED").cancel();
  }};
  (void)given_up.deliver();
  CHECK(given_up.now().state.steps.at(0).stm_state == "ASKED");
  CHECK(given_up.now().state.steps.at(0).stm_from == "_CREATED");
}
