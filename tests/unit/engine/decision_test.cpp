// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::test::decisions;

TEST_CASE("a start makes the workflow active, with its stages, params and the cause as event") {
  const auto made = started(approval().build(), {{"amount", 120}});
  CHECK(made.work.read_revision == 0);
  CHECK(made.work.workflow.revision == nava::first_revision(transaction_id));
  CHECK(made.work.workflow.status == workflow_status::active);
  CHECK(made.work.workflow.ts_start == noon);
  CHECK(made.work.memory.inserted.front().params == json::object{{"amount", 120}});
  REQUIRE(made.work.stages.inserted.size() == 2);
  CHECK(made.work.stages.inserted[1].order == 2);
  REQUIRE(made.work.events.size() == 1);
  CHECK(made.work.events.front().event_name == "nava.start");
  CHECK(made.work.events.front().seq == 1);
  CHECK(made.work.steps.inserted.front().id == nava::step_id(workflow_id, "approval"));
}

TEST_CASE("the same arguments give the same bytes") {
  const definition how = approval().build();
  const auto as_text = [](const decision& made) {
    std::string text;
    for (const auto& row : made.work.mutations)
      text += json::serialize(to_json<workflow_mutation_table>(row));
    return text + json::serialize(to_json<workflow_table>(made.work.workflow));
  };
  CHECK(as_text(started(how)) == as_text(started(how)));
  const auto before = started(how);
  CHECK(as_text(delivered(how, before, named("ask"))) ==
        as_text(delivered(how, before, named("ask"))));
}

TEST_CASE("a decision writes each row once, however often it changes it") {
  auto builder = approval();
  builder.on("busy", [](workflow_context& workflow, const event&) {
    auto step = workflow.step("approval");
    step.transit("ASKED").label("first").label("second").memorize({{"a", 1}}).memorize({{"b", 2}});
    step.transit("APPROVED");
    workflow.memorize({{"x", 1}}).memorize({{"x", 2}}).output({{"y", 3}});
    workflow.add_participant("manager", "eve").del_participant("manager", "eve");
    workflow.cancel_task(workflow.add_task("print"));
  });
  const definition how = builder.build();
  const auto made = delivered(how, started(how), named("busy"));
  REQUIRE(made.work.steps.updated.size() == 1);
  CHECK(made.work.steps.inserted.empty());
  CHECK(made.work.steps.updated.front().stm_label == "second");
  CHECK(made.work.steps.updated.front().memory == json::object{{"a", 1}, {"b", 2}});
  REQUIRE(made.work.memory.updated.size() == 1);
  CHECK(made.work.memory.updated.front().memory == json::object{{"x", 2}});
  CHECK(made.work.participants.inserted.empty());
  CHECK(made.work.participants.removed.empty());
  REQUIRE(made.work.tasks.inserted.size() == 1);
  CHECK(made.work.tasks.inserted.front().status == task_status::cancelled);
  CHECK(made.state.tasks.empty());
  CHECK(made.work.mutations.size() > 10);
}

TEST_CASE("seq counts events, mutations and messages without a gap") {
  auto builder = approval();
  builder.on("talk", [](workflow_context& workflow, const event&) {
    workflow.message("one").memorize({{"x", 1}}).message("two");
  });
  const definition how = builder.build();
  const auto before = started(how);
  const auto made = delivered(how, before, named("talk"));
  const auto first = before.work.workflow.last_seq;
  CHECK(made.work.events.front().seq == first + 1);
  CHECK(made.work.messages[0].seq == first + 2);
  CHECK(made.work.mutations[0].seq == first + 3);
  CHECK(made.work.messages[1].seq == first + 4);
  CHECK(made.work.workflow.last_seq == first + 4);
}

TEST_CASE("handlers of one event run in order of priority, equal ones as defined") {
  std::string order;
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review").step("ask", {.stage = "review"});
  const auto note = [&order](char who) {
    return [&order, who](workflow_context&, const event&) { order += who; };
  };
  builder.on("go", note('c')).on("go", note('a'), {.priority = 1}).on("go", note('d'));
  builder.on("go", note('b'), {.priority = 99});
  const definition how = builder.build();
  const auto made = delivered(how, started(how), named("go"));
  CHECK(order == "abcd");
  CHECK(made.work.events.size() == 1);
}

TEST_CASE("a transition out of order is refused and names what is allowed") {
  const definition how = approval().build();
  const auto before = started(how);
  CHECK(refusal([&] { (void)delivered(how, before, named("approve")); }) ==
        "step 'approval' cannot go from _CREATED to APPROVED; allowed from: ASKED");
}

TEST_CASE("a transition may name the states it is not allowed from, and carries its hook") {
  std::string came_from;
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("visit", {.stage = "review", .states = {"A", "B", "C"}})
      .transition("C", not_from{"A"},
                  [&](step_context&, std::string_view from_state) { came_from = from_state; })
      .on("to", [](step_context& step, const event& where) {
        step.transit(where.data.at("state").as_string());
      });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("visit").transit("A"); });
  const definition how = builder.build();
  const auto in_a = started(how);
  CHECK(refusal([&] {
          (void)delivered(how, in_a, named("to", {{"state", "C"}}));
        }) == "step 'visit' cannot go from A to C; not from: A");
  const auto in_b = delivered(how, in_a, named("to", {{"state", "B"}}));
  const auto in_c = delivered(how, in_b, named("to", {{"state", "C"}}));
  CHECK(came_from == "B");
  CHECK(in_c.state.steps.front().stm_state == "C");
  CHECK(refusal([&] {
          (void)delivered(how, in_c, named("to", {{"state", "D"}}));
        }) == "step 'visit' has no state 'D' to enter");
}

TEST_CASE("finishing all steps completes the workflow; finishing one and adding one does not") {
  auto builder = approval();
  builder.step("payment", {.stage = "pay"}).on("paid", [](step_context& step, const event&) {
    step.finish();
  });
  builder.on("next", [](workflow_context& workflow, const event&) {
    workflow.step("approval").finish();
    workflow.add_step("payment");
  });
  const definition how = builder.build();
  const auto half = delivered(how, started(how), named("next"));
  CHECK(half.state.workflow.status == workflow_status::active);
  CHECK(half.state.workflow.progress == 0.5);
  CHECK(half.state.stages[0].status == stage_status::completed);
  CHECK(half.state.stages[1].status == stage_status::active);
  const auto whole = delivered(how, half, named("paid"));
  CHECK(whole.state.workflow.status == workflow_status::completed);
  CHECK(whole.state.workflow.progress == 1.0);
  CHECK(whole.state.workflow.ts_finish == noon);
  CHECK(refusal([&] { (void)delivered(how, whole, named("paid")); }) ==
        "event 'paid' for claim/4711 comes too late: the workflow is COMPLETED");
}

TEST_CASE("a step that on_completed adds keeps the workflow open") {
  auto builder = approval();
  builder.step("payment", {.stage = "pay"});
  builder.on_completed([](workflow_context& workflow) {
    workflow.output({{"done", true}});
    if (workflow.steps().size() == 1) workflow.add_step("payment");
  });
  const definition how = builder.build();
  const auto asked = delivered(how, started(how), named("ask"));
  const auto approved = delivered(how, asked, named("approve"));
  CHECK(approved.state.workflow.status == workflow_status::active);
  CHECK(approved.state.steps.size() == 2);
  CHECK(approved.state.memory.output == json::object{{"done", true}});
}

TEST_CASE("a step repeats only where its definition says so, each time with an id of its own") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("once", {.stage = "review"});
  builder.step("often", {.stage = "review", .repeats = true})
      .on("tick", [](step_context& step, const event&) { step.finish(); });
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("often");
    workflow.add_step("often");
    workflow.add_step("once");
  });
  builder.on("again", [](workflow_context& workflow, const event&) { workflow.add_step("once"); });
  const definition how = builder.build();
  const auto made = started(how);
  CHECK(made.state.steps[0].id == nava::step_id(workflow_id, "often", 1));
  CHECK(made.state.steps[1].id == nava::step_id(workflow_id, "often", 2));
  CHECK(refusal([&] { (void)delivered(how, made, named("again")); }) ==
        "step 'once' is there already and its definition does not let it repeat");
  CHECK(refusal([&] { (void)delivered(how, made, named("tick")); }) ==
        "event 'tick' could be for several open steps 'often'; give it the selector of one");

  auto tick = named("tick");
  tick.selector = made.state.steps[1].selector;
  const auto ticked = delivered(how, made, tick);
  CHECK(ticked.state.steps[0].status == step_status::active);
  CHECK(ticked.state.steps[1].status == step_status::completed);
  CHECK(ticked.work.events.front().step_id == made.state.steps[1].id);
  CHECK(refusal([&] { (void)delivered(how, ticked, tick); }) ==
        "event 'tick' for claim/4711 finds no open step that takes it");
}

TEST_CASE("a handler's own selector says which resource and step an event is for") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review"})
      .on("mail", [](step_context& step, const event&) { step.finish(); },
          {.selector = [](const event& mail) {
            return engine::selection{{"claim", std::string{mail.data.at("claim").as_string()}}, {}};
          }});
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  const definition how = builder.build();
  const event mail{.name = "mail", .key = nava::no_key, .data = {{"claim", "4711"}}};
  CHECK(delivered(how, started(how), mail).state.workflow.status == workflow_status::completed);
  const event other{.name = "mail", .key = nava::no_key, .data = {{"claim", "4712"}}};
  CHECK(refusal([&] { (void)delivered(how, started(how), other); }) != "none");
}

TEST_CASE("recall looks into params, then the step's memory, then the workflow's") {
  std::vector<json::value> seen;
  auto builder = approval();
  builder.on("look", [&](workflow_context& workflow, const event&) {
    workflow.memorize({{"a", "workflow"}, {"b", "workflow"}, {"c", "workflow"}});
    auto step = workflow.step("approval");
    step.memorize({{"a", "step"}, {"b", "step"}});
    for (const char* key : {"a", "b", "c", "d"}) seen.push_back(step.recall(key));
    seen.push_back(workflow.recall("b"));
  });
  const definition how = builder.build();
  (void)delivered(how, started(how, {{"a", "params"}}), named("look"));
  CHECK(seen == std::vector<json::value>{"params", "step", "workflow", nullptr, "workflow"});
}

TEST_CASE("participants are in roles of the definition") {
  auto builder = approval();
  builder.on("join", [](workflow_context& workflow, const event& who) {
    workflow.add_participant(who.data.at("role").as_string(), "ann");
  });
  const definition how = builder.build();
  const auto joined = delivered(how, started(how), named("join", {{"role", "manager"}}));
  CHECK(joined.work.participants.inserted.front().user_id == "ann");
  CHECK(refusal([&] {
          (void)delivered(how, joined, named("join", {{"role", "cook"}}));
        }) == "definition 'claim' has no role 'cook'");
  const auto again = delivered(how, joined, named("join", {{"role", "manager"}}));
  CHECK(again.work.participants.inserted.empty());
  CHECK(again.state.participants.size() == 1);
}

TEST_CASE("hooks that trigger each other without end are refused") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("more", {.stage = "review", .repeats = true});
  builder.on_step_added([](step_context& step) { step.add_step("more"); });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("more"); });
  const definition how = builder.build();
  CHECK(refusal([&] { (void)started(how); }) == "hooks trigger each other more than 64 deep");
}

TEST_CASE("a workflow has no more steps than a decision can load") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("more", {.stage = "review", .repeats = true});
  builder.on("fill", [](workflow_context& workflow, const event&) { workflow.add_step("more"); });
  const definition how = builder.build();
  auto full = started(how);
  full.state.steps.resize(engine::steps_per_workflow_max);
  CHECK(refusal([&] { (void)delivered(how, full, named("fill")); }) ==
        "a workflow has at most 10000 steps; split it");
}

TEST_CASE("a number keeps its type from the first look") {
  json::value seen;
  auto builder = approval();
  builder.on("weigh", [&](workflow_context& workflow, const event&) {
    workflow.memorize({{"ratio", 80.0}});
    seen = workflow.recall("ratio");
  });
  const definition how = builder.build();
  (void)delivered(how, started(how), named("weigh"));
  CHECK(seen.is_int64());
}

TEST_CASE("records without end are refused") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review", .states = {"A", "B"}})
      .on("loop", [](step_context& step, const event&) {
        for (;;) step.transit("A").transit("B");
      });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  const definition how = builder.build();
  CHECK(refusal([&] { (void)delivered(how, started(how), named("loop")); }) ==
        "a decision makes at most 100000 records; look for hooks that trigger each other");
}

TEST_CASE("replaying the mutations gives the state that was decided") {
  const definition how = approval().build();
  auto now = started(how, {{"amount", 120}});
  auto mutations = now.work.mutations;
  for (const char* name : {"ask", "break", "repair", "approve"}) {
    now = delivered(how, now, named(name));
    mutations.insert(mutations.end(), now.work.mutations.begin(), now.work.mutations.end());
  }
  const auto replayed = engine::replay(mutations);
  REQUIRE(replayed.steps.size() == 1);
  CHECK(to_json<workflow_step_table>(replayed.steps.front()) ==
        to_json<workflow_step_table>(now.state.steps.front()));
  CHECK(replayed.workflow.status == workflow_status::completed);
  CHECK(replayed.workflow.progress == now.state.workflow.progress);
  CHECK(replayed.memory.params == now.state.memory.params);
}

TEST_CASE("a mutation without a meaning is an error, not silence") {
  workflow_mutation unknown;
  unknown.name = "set-colour";
  CHECK_THROWS_WITH(engine::replay(std::vector{unknown}),
                    "workflow_mutation 0: unknown mutation 'set-colour'");
  workflow_mutation misfit;
  misfit.name = "update-step";
  misfit.step_id = transaction_id;
  CHECK_THROWS_AS(engine::replay(std::vector{misfit}), std::invalid_argument);
}

TEST_CASE("ids are of the versions that the schema asks for, and derived ones repeat") {
  const auto version = [](const uuid& id) { return id.data[6] >> 4; };
  const uuid fresh = nava::new_id();
  CHECK(version(fresh) == 7);
  CHECK(fresh != nava::new_id());
  CHECK(version(nava::step_id(workflow_id, "a")) == 5);
  CHECK(nava::step_id(workflow_id, "a", 1) != nava::step_id(workflow_id, "a", 2));
  const uuid derived = nava::derived_id(noon, transaction_id, 1);
  CHECK(version(derived) == 7);
  CHECK(derived == nava::derived_id(noon, transaction_id, 1));
  CHECK(derived != nava::derived_id(noon, transaction_id, 2));
  CHECK(derived < nava::derived_id(noon + std::chrono::milliseconds{1}, transaction_id, 1));
}
