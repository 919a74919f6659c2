// SPDX-License-Identifier: Apache-2.0
#include "integration/patterns/process.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::patterns;

namespace {

// Steps that are done in any order, one at a time: a person begins one by an event.
void one_at_a_time(definition_builder& of) {
  for (const auto* key : {"x", "y", "z"}) of.step(key, in_stage());
  of.on("begin", [](workflow_context& on, const event& begun) {
    for (const auto* key : {"x", "y", "z"})
      if (is_active(on, key)) throw action_refused{"another step is under way"};
    on.add_step(begun.data.at("step").as_string());
  });
  of.step("open", in_stage());
  of.on_started([](workflow_context& on) { on.add_step("open"); });
}

}  // namespace

PATTERN_TEST_CASE("17: interleaved parallel routing") {
  // x before y; z whenever.
  process p{database, [](definition_builder& of) {
              for (const auto* key : {"x", "y", "z"}) of.step(key, in_stage());
              of.on("begin", [](workflow_context& on, const event& begun) {
                for (const auto* key : {"x", "y", "z"})
                  if (is_active(on, key)) throw action_refused{"another step is under way"};
                if (begun.data.at("step") == "y" && ended(on, "x") == 0)
                  throw action_refused{"x comes before y"};
                on.add_step(begun.data.at("step").as_string());
              });
              of.step("open", in_stage());
              of.on_started([](workflow_context& on) { on.add_step("open"); });
            }};
  CHECK(p.refusal("begin", {{"step", "y"}}) == "x comes before y");
  p.event("begin", {{"step", "z"}});
  CHECK(p.refusal("begin", {{"step", "x"}}) == "another step is under way");
  p.done("z").event("begin", {{"step", "x"}}).done("x").event("begin", {{"step", "y"}});
  CHECK(p.steps() == text{"open ACTIVE", "z COMPLETED", "x COMPLETED", "y ACTIVE"});
}

PATTERN_TEST_CASE("18: milestone") {
  process p{database, [](definition_builder& of) {
              of.step("order", in_stage());
              of.step("change", in_stage(true));
              of.on("change", [](workflow_context& on, const event&) {
                if (!is_active(on, "order")) throw action_refused{"the order is closed"};
                on.add_step("change");
              });
              of.step("open", in_stage());
              of.on_started([](workflow_context& on) {
                on.add_step("open");
                on.add_step("order");
              });
            }};
  p.event("change");
  CHECK(p.steps().back() == "change ACTIVE");
  p.done("order");
  CHECK(p.refusal("change") == "the order is closed");
}

PATTERN_TEST_CASE("39: critical section") {
  // b and c share a machine; b takes it, and c has to wait for its turn.
  process p{database, [](definition_builder& of) {
              const auto next = [](step_context& ended) {
                auto on = ended.workflow();
                if (on.recall("waiting") != true) return;
                on.memorize({{"waiting", false}});
                on.step("c").transit("ON_MACHINE");
              };
              of.step("b", {.stage = "s", .states = {"ON_MACHINE"}}).on_finished(next);
              of.step("c", {.stage = "s", .states = {"ON_MACHINE"}})
                  .on("c-ready", [](step_context& c, const event&) {
                    auto on = c.workflow();
                    if (on.step("b").row().stm_state == "ON_MACHINE")
                      on.memorize({{"waiting", true}});
                    else
                      c.transit("ON_MACHINE");
                  });
              of.on_started([](workflow_context& on) {
                on.add_step("b").transit("ON_MACHINE");
                on.add_step("c");
              });
            }};
  p.event("c-ready");
  CHECK(p.state().steps.at(1).stm_state == "_CREATED");
  p.done("b");
  CHECK(p.state().steps.at(1).stm_state == "ON_MACHINE");
}

PATTERN_TEST_CASE("40: interleaved routing") {
  process p{database, one_at_a_time};
  p.event("begin", {{"step", "z"}});
  CHECK(p.refusal("begin", {{"step", "x"}}) == "another step is under way");
  p.done("z").event("begin", {{"step", "x"}});
  CHECK(p.steps() == text{"open ACTIVE", "z COMPLETED", "x ACTIVE"});
}

PATTERN_TEST_CASE("23: transient trigger") {
  process p{
      database, [](definition_builder& of) {
        of.step("a", in_stage()).on_finished([](step_context& a) { a.add_step("b"); });
        of.step("b", in_stage()).on("signal", [](step_context& b, const event&) { b.finish(); });
        of.on_started([](workflow_context& on) { on.add_step("a"); });
      }};
  CHECK(p.refusal("signal") == "event 'signal' for process/1 finds no open step that takes it");
  p.done("a");
  CHECK(p.steps().back() == "b ACTIVE");
  CHECK(p.event("signal").steps().back() == "b COMPLETED");
}

PATTERN_TEST_CASE("24: persistent trigger") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage()).on_finished([](step_context& a) {
                auto b = a.add_step("b");
                if (a.workflow().recall("signalled") == true) b.finish();
              });
              of.step("b", in_stage());
              of.on("signal", [](workflow_context& on, const event&) {
                on.memorize({{"signalled", true}});
                if (is_active(on, "b")) on.step("b").finish();
              });
              of.on_started([](workflow_context& on) { on.add_step("a"); });
            }};
  SECTION("before the step waits") {
    CHECK(p.event("signal").done("a").steps() == text{"a COMPLETED", "b COMPLETED"});
  }
  SECTION("while it waits") {
    CHECK(p.done("a").event("signal").steps() == text{"a COMPLETED", "b COMPLETED"});
  }
}
