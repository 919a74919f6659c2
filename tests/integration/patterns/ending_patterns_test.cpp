// SPDX-License-Identifier: Apache-2.0
#include "integration/patterns/process.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::patterns;

PATTERN_TEST_CASE("10: arbitrary cycles") {
  process p{database, [](definition_builder& of) {
              of.step("draft", in_stage(true)).on_finished([](step_context& draft) {
                draft.add_step("review");
              });
              of.step("review", in_stage(true)).on("back", [](step_context& review, const event&) {
                review.add_step("draft");
                review.finish();
              });
              of.on_started([](workflow_context& on) { on.add_step("draft"); });
            }};
  p.done("draft").event("back").done("draft", 2);
  CHECK(p.steps() ==
        text{"draft COMPLETED", "review COMPLETED", "draft COMPLETED", "review ACTIVE"});
  CHECK(p.done("review", 2).status() == "COMPLETED");
}

PATTERN_TEST_CASE("11: implicit termination") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage());
              of.step("b", in_stage());
              of.on_started([](workflow_context& on) {
                on.add_step("a");
                on.add_step("b");
              });
            }};
  CHECK(p.done("a").status() == "ACTIVE");
  CHECK(p.done("b").status() == "COMPLETED");
}

PATTERN_TEST_CASE("19: cancel activity") {
  process p{
      database, [](definition_builder& of) {
        of.step("a", in_stage()).on("withdraw", [](step_context& a, const event&) { a.cancel(); });
        of.step("b", in_stage());
        of.on_started([](workflow_context& on) {
          on.add_step("a");
          on.add_step("b");
        });
      }};
  CHECK(p.event("withdraw").steps() == text{"a CANCELLED", "b ACTIVE"});
}

PATTERN_TEST_CASE("20: cancel case") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage());
              of.on("withdraw", [](workflow_context& on, const event&) { on.cancel(); });
              of.on_started([](workflow_context& on) { on.add_step("a"); });
            }};
  CHECK(p.event("withdraw").status() == "CANCELLED");
  CHECK(p.steps() == text{"a CANCELLED"});
}

PATTERN_TEST_CASE("21: structured loop") {
  process p{database, [](definition_builder& of) {
              of.step("ask", {.stage = "s", .states = {"ASKED"}})
                  .on("answered", [](step_context& ask, const event& answer) {
                    if (answer.data.at("clear").as_bool())
                      ask.finish();
                    else
                      ask.transit("ASKED");
                  });
              of.on_started([](workflow_context& on) { on.add_step("ask").transit("ASKED"); });
            }};
  p.event("answered", {{"clear", false}}).event("answered", {{"clear", false}});
  CHECK(p.steps() == text{"ask ACTIVE"});
  CHECK(p.event("answered", {{"clear", true}}).status() == "COMPLETED");
}

PATTERN_TEST_CASE("25: cancel region") {
  process p{database, [](definition_builder& of) {
              for (const auto* key : {"a", "b", "c"}) of.step(key, in_stage());
              of.on("drop-the-house", [](workflow_context& on, const event&) {
                for (const auto* key : {"a", "b"}) cancel_all(on, key);
              });
              of.on_started([](workflow_context& on) {
                for (const auto* key : {"a", "b", "c"}) on.add_step(key);
              });
            }};
  CHECK(p.event("drop-the-house").steps() == text{"a CANCELLED", "b CANCELLED", "c ACTIVE"});
}

PATTERN_TEST_CASE("43: explicit termination") {
  process p{database, [](definition_builder& of) {
              of.step("a", in_stage()).on_finished([](step_context& a) {
                for (const auto* key : {"b", "c"}) cancel_all(a.workflow(), key);
              });
              of.step("b", in_stage());
              of.step("c", in_stage());
              of.on_started([](workflow_context& on) {
                for (const auto* key : {"a", "b", "c"}) on.add_step(key);
              });
            }};
  CHECK(p.done("a").status() == "COMPLETED");
  CHECK(p.steps() == text{"a COMPLETED", "b CANCELLED", "c CANCELLED"});
}
