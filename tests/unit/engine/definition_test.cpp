// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "support/catch.hpp"

namespace {

using namespace nava;

definition_builder with_stage() {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  return builder;
}

template <class Change>
std::string complaint_about(Change change) {
  auto builder = with_stage();
  change(builder);
  try {
    (void)builder.build();
  } catch (const definition_error& failure) {
    return failure.what();
  }
  return "none";
}

void ignore_event(step_context&, const event&) {}

}  // namespace

TEST_CASE("a definition that contradicts itself names the step and the state") {
  CHECK(complaint_about([](auto& builder) { builder.step("ask", {.stage = "nowhere"}); }) ==
        "definition 'claim': step 'ask' belongs to stage 'nowhere', which is not defined");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review", .states = {"asked"}});
        }) == "definition 'claim': step 'ask': state 'asked' is not of the form [A-Z][A-Z0-9_]*");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review", .states = {"ASKED", "ASKED"}});
        }) == "definition 'claim': step 'ask': state 'ASKED' is listed twice");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review", .states = {"ASKED"}})
              .transition("DONE", from{"ASKED"});
        }) ==
        "definition 'claim': step 'ask' has a transition to 'DONE', which is none of its states");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review", .states = {"ASKED"}})
              .transition("ASKED", from{"LOST"});
        }) ==
        "definition 'claim': step 'ask': the transition to 'ASKED' names 'LOST', which is no state "
        "to come from");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review", .states = {"ASKED"}})
              .transition("ASKED", from{"_CREATED"})
              .transition("ASKED", not_from{"_CREATED"});
        }) == "definition 'claim': step 'ask' has two transitions to 'ASKED'");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review", .states = {"ASKED"}}).transition("ASKED", from{});
        }) == "definition 'claim': step 'ask': the transition to 'ASKED' is allowed from no state");
}

TEST_CASE("a definition has each key once and none empty") {
  CHECK(complaint_about([](auto& builder) { builder.stage("review", "Again"); }) ==
        "definition 'claim': stage 'review' is defined twice");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review"});
          builder.step("ask", {.stage = "review"});
        }) == "definition 'claim': step 'ask' is defined twice");
  CHECK(complaint_about([](auto& builder) { builder.role("", "Nobody"); }) ==
        "definition 'claim': a role key is empty");
  CHECK(complaint_about([](auto& builder) { builder.role(std::string(300, 'x'), "Long"); }) ==
        "definition 'claim': a role key is longer than 256 bytes");
  CHECK_THROWS_AS((void)definition_builder("claim", revision{0}).build(), definition_error);
}

TEST_CASE("a definition has at least one step, without which its workflows would never complete") {
  CHECK(complaint_about([](auto&) {}) ==
        "definition 'claim': it has no step; a workflow of it would never complete");
  CHECK(complaint_about([](auto& builder) { builder.step("ask", {.stage = "review"}); }) == "none");
}

TEST_CASE("event names of the runtime are not an application's to handle") {
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review"}).on("nava.start", ignore_event);
        }) ==
        "definition 'claim': event 'nava.start': names that begin with 'nava.' are the "
        "runtime's own");
  CHECK(complaint_about([](auto& builder) {
          builder.step("ask", {.stage = "review"}).on("answer", nullptr);
        }) == "definition 'claim': event 'answer' has a handler without a function");
}

TEST_CASE("a definition that fits is built, and goes on unchanged when its builder is changed") {
  auto builder = with_stage();
  builder.step("ask", {.stage = "review", .states = {"ASKED"}})
      .transition("_FINISHED", from{"ASKED"})
      .on("answer", ignore_event);
  const definition built = builder.build();
  builder.step("more", {.stage = "review"});
  CHECK(built.key() == "claim");
  CHECK(built.revision() == 1);
  CHECK(built.handles("answer"));
  CHECK_FALSE(built.handles("question"));
  CHECK(built.row().steps.size() == 1);
  CHECK(json::serialize(built.row().steps) ==
        R"([{"key":"ask","title":"ask","stage":"review","states":["ASKED"],"repeats":false,)"
        R"("transitions":[{"to":"_FINISHED","from":["ASKED"]}]}])");
}

TEST_CASE("a definition's row tells its title, description, namespace, roles and stages") {
  definition_builder builder{"claim", revision{2}};
  builder.title("Claim").desc("of a car").in_namespace("motor").role("clerk", "Clerk");
  builder.stage("review", "Review", {.type = "people", .desc = "someone looks"});
  builder.step("ask", {.stage = "review", .title = "Ask", .desc = "by mail", .repeats = true});
  definition_builder moved{"other", revision{1}};
  moved = std::move(builder);
  const auto row = moved.build().row();
  CHECK(row.title == "Claim");
  CHECK(row.desc == "of a car");
  CHECK(row.wf_namespace == "motor");
  CHECK(json::serialize(row.roles) == R"([{"key":"clerk","title":"Clerk"}])");
  CHECK(json::serialize(row.stages) ==
        R"([{"key":"review","title":"Review","type":"people","desc":"someone looks"}])");
  CHECK(row.steps.at(0).at("desc").as_string() == "by mail");
  CHECK(row.steps.at(0).at("title").as_string() == "Ask");
}

TEST_CASE("keys of a definition are UTF-8, without NUL, and short enough to be indexed") {
  for (const std::string& key : {std::string{"a\0b", 3}, std::string{"\xFF"}})
    CHECK(complaint_about([&](auto& builder) { builder.step(key, {.stage = "review"}); }) ==
          "definition 'claim': a step key is not UTF-8 without NUL bytes");
  CHECK(complaint_about([&](auto& builder) { builder.role(std::string(257, 'r'), "R"); }) ==
        "definition 'claim': a role key is longer than 256 bytes");
}
