// SPDX-License-Identifier: Apache-2.0
#include "support/catch.hpp"
#include "support/decisions.hpp"

using namespace nava;
using namespace nava::schema;
using namespace nava::test::decisions;

namespace {

std::vector<std::string> names_of(const std::vector<workflow_mutation>& mutations) {
  std::vector<std::string> names;
  for (const auto& mutation : mutations) names.push_back(mutation.name);
  return names;
}

}  // namespace

TEST_CASE("a handler that throws fails its step, degrades the workflow and keeps nothing else") {
  const definition how = approval().build();
  const auto broken = delivered(how, started(how), named("break"));
  const auto& step = broken.state.steps.front();
  CHECK(step.status == step_status::error);
  CHECK(step.memory.empty());
  CHECK(broken.state.workflow.status == workflow_status::degraded);
  CHECK(broken.state.stages[0].status == stage_status::error);
  REQUIRE(broken.work.messages.size() == 1);
  CHECK(broken.work.messages.front().content == "the printer burns");
  CHECK(broken.work.events.size() == 1);
  CHECK(names_of(broken.work.mutations) ==
        std::vector<std::string>{"update-step", "update-stage", "set-state"});

  SECTION("a recovered step makes it active again") {
    const auto repaired = delivered(how, broken, named("repair"));
    CHECK(repaired.state.workflow.status == workflow_status::active);
    CHECK(repaired.state.stages[0].status == stage_status::active);
  }
  SECTION("an ignored step counts as finished") {
    const auto given_up = delivered(how, broken, named("give-up"));
    CHECK(given_up.state.workflow.status == workflow_status::completed);
  }
  SECTION("a degraded workflow can be aborted") {
    const auto aborted = commanded(how, broken, command::abort);
    CHECK(aborted.state.workflow.status == workflow_status::failed);
    CHECK(aborted.state.steps.front().status == step_status::error);
    CHECK(aborted.work.events.front().event_name == "nava.abort");
  }
}

TEST_CASE("a failure's text is made fit for a message row") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review"}).on("go", [](step_context&, const event&) {
    throw std::runtime_error{std::string{"bad \xFF\0 bytes", 13}};
  });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  const definition how = builder.build();
  const auto broken = delivered(how, started(how), named("go"));
  CHECK(is_valid_utf8(broken.work.messages.front().content));
}

TEST_CASE("a failure's text that is long ends with a whole character") {
  constexpr std::size_t bytes_max = 2000;
  for (const std::string character : {"x", "ü", "日", "😀"}) {
    std::string text;
    while (text.size() <= bytes_max + 8) text += character;
    definition_builder builder{"claim", revision{1}};
    builder.stage("review", "Review");
    builder.step("ask", {.stage = "review"}).on("go", [&](step_context&, const event&) {
      throw std::runtime_error{"a" + text};
    });
    builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
    const definition how = builder.build();
    const std::string kept =
        delivered(how, started(how), named("go")).work.messages.front().content;
    CHECK(kept.size() > bytes_max - character.size());
    CHECK(kept.find('?') == std::string::npos);
    CHECK(("a" + text).starts_with(kept));
  }
}

TEST_CASE("by the definition's choice, a handler that throws rejects the event") {
  auto builder = approval();
  builder.when_a_handler_throws(on_exception::reject_event);
  const definition how = builder.build();
  CHECK_THROWS_WITH(delivered(how, started(how), named("break")), "the printer burns");
}
