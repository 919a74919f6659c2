// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <nava/nava.hpp>

#include "support/engine_case.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

#define WAIT_TEST_CASE(NAME) \
  ENGINE_TEST_CASE("wait: " NAME, "[wait]", sqlite_memory, sqlite_file, postgresql_kept)

namespace {

definition answer() {
  definition_builder answer{"answer", revision{1}};
  answer.stage("s", "Stage");
  answer.step("only", {.stage = "s", .states = {"ASKED"}})
      .on("ask", [](step_context& step, const event&) { step.transit("ASKED"); })
      .on("give", [](step_context& step, const event&) {
        step.workflow().output({{"answer", 42}});
        step.finish();
      });
  answer.on_started([](workflow_context& on) { on.add_step("only"); });
  return answer.build();
}

event named(std::string name) { return {.name = std::move(name), .key = no_key}; }

}  // namespace

WAIT_TEST_CASE("a result is returned as soon as this process commits it") {
  runtime run{std::shared_ptr{database.open()}, {answer()}};
  const uuid id = run.start("answer", {"a", "1"}).workflow_id;
  auto result = std::async(std::launch::async, [&] { return run.wait(id, deadline::in(10s)); });
  (void)run.deliver_to(id, named("give"));
  const auto state = result.get();
  REQUIRE(state);
  CHECK(state->memory.output.at("answer") == 42);
}

WAIT_TEST_CASE("what another runtime commits is noticed") {
  const std::shared_ptr<persistence::store> stored = database.open();
  runtime run{stored, {answer()}}, other{stored, {answer()}};
  const uuid id = run.start("answer", {"a", "1"}).workflow_id;
  auto result = std::async(std::launch::async, [&] { return run.wait(id, deadline::in(10s)); });
  (void)other.deliver_to(id, named("give"));
  CHECK(result.get());
}

WAIT_TEST_CASE("it may be for any state, and one that is there already") {
  runtime run{std::shared_ptr{database.open()}, {answer()}};
  const uuid id = run.start("answer", {"a", "1"}).workflow_id;
  (void)run.deliver_to(id, named("ask"));
  const auto is_asked = [](const workflow_state& state) {
    return state.steps.at(0).stm_state == "ASKED";
  };
  CHECK(run.wait(id, deadline::in(10s), is_asked));
}

WAIT_TEST_CASE("a deadline ends it without a result") {
  runtime run{std::shared_ptr{database.open()}, {answer()}};
  const uuid id = run.start("answer", {"a", "1"}).workflow_id;
  CHECK_FALSE(run.wait(id, deadline::in(20ms)));
}

WAIT_TEST_CASE("a workflow that is not there, or goes, is an error") {
  runtime run{std::shared_ptr{database.open()}, {answer()}};
  const uuid id = run.start("answer", {"a", "1"}).workflow_id;
  auto result = std::async(std::launch::async, [&] { return run.wait(id, deadline::in(10s)); });
  (void)run.store().erase(id);
  CHECK_THROWS_WITH(result.get(), Catch::Contains("there is no workflow"));
}
