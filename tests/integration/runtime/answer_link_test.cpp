// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>

#include "support/catch.hpp"
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

// An order that somebody approves, by a mail too.
definition order() {
  definition_builder builder{"order", revision{1}};
  builder.title("Order").stage("review", "Review");
  builder.step("approval", {.stage = "review", .only_holder_answers = true})
      .on("approve", [](step_context& step, const event& answer) {
        step.memorize({{"note", answer.data.at("note")}}).finish();
      });
  builder.step("filing", {.stage = "review"});
  builder.on("withdraw",
             [](workflow_context& workflow, const event&) { workflow.step("approval").cancel(); });
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("approval").assign("eva");
    workflow.add_step("filing");
  });
  return builder.build();
}

const resource order_7{"order", "7"};

struct order_run {
  explicit order_run(runtime& with) : run(with), id(run.start("order", order_7).workflow_id) {}

  [[nodiscard]] nava::workflow_state state() { return run.store().load(id).value().state; }
  [[nodiscard]] const schema::workflow_step step() { return step_of(state(), "approval"); }
  std::string link(std::chrono::milliseconds valid_for = 1h) {
    return run.issue_link(
        id, step().id, "approve",
        {.valid_for = valid_for, .answers_as = "eva", .command = {.actor = "bot"}});
  }
  // Why a link is refused, after which nothing has changed.
  std::string refused_link(std::string_view link, json::object data = {{"note", "yes"}}) {
    const std::int64_t revision = state().workflow.revision;
    try {
      (void)run.answer(link, data);
      return "none";
    } catch (const link_refused& refusal) {
      CHECK(state().workflow.revision == revision);
      return refusal.is_used() ? "used" : "not open";
    }
  }

  runtime& run;
  uuid id;
};

const json::object yes_by_mail{{"note", "yes"}};

}  // namespace

RUNTIME_TEST_CASE("a link answers once, as the one for whom it was issued") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  const std::string link = order.link();
  CHECK(link.size() == 64);
  CHECK(order.run.answer(link, yes_by_mail).result == delivery::applied);
  CHECK(order.step().status == schema::step_status::completed);
  const auto history = run.store().history(order.id).value();
  const auto& cause = history.events.back();
  CHECK(cause.event_name == "approve");
  CHECK(cause.actor == "eva");
  CHECK(history.events.at(1).actor == "bot");
  CHECK(order.state().tasks.empty());
  CHECK(order.refused_link(link) == "used");
}

RUNTIME_TEST_CASE("of a link the database has the hash alone") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  const std::string link = order.link();
  CHECK(database.dump(run.store()).find(link.substr(22)) == std::string::npos);
}

RUNTIME_TEST_CASE("a link is dead when its step is closed, and two links of a step are two") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  const std::string first = order.link(), second = order.link();
  CHECK(first != second);
  run.deliver({.name = "withdraw", .resource = order_7, .key = no_key});
  CHECK(order.refused_link(first) == "not open");
  CHECK(order.refused_link(second) == "not open");
  CHECK(order.state().tasks.empty());
}

RUNTIME_TEST_CASE("a link that is forged is refused") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  std::string link = order.link();
  CHECK(order.refused_link("") == "not open");
  CHECK(order.refused_link("x") == "not open");
  CHECK(order.refused_link(std::string(64, '!')) == "not open");
  CHECK(order.refused_link(std::string(64, 'A')) == "not open");
  CHECK(order.refused_link(link + "A") == "not open");
  std::string other = link;
  other.back() = other.back() == 'A' ? 'B' : 'A';
  CHECK(order.refused_link(other) == "not open");
  CHECK(run.answer(link, yes_by_mail).result == delivery::applied);
}

RUNTIME_TEST_CASE("a link stays open where its answer is refused") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  const std::string link = order.link();
  run.assign(order.id, order.step().id, "max");
  CHECK_THROWS_AS(run.answer(link, yes_by_mail), not_holder);
  run.assign(order.id, order.step().id, "eva");
  CHECK(run.answer(link, yes_by_mail).result == delivery::applied);
}

RUNTIME_TEST_CASE("a link is issued for an event that the step takes, and for some time") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  CHECK_THROWS_WITH(run.issue_link(order.id, order.step().id, "reject"),
                    "step 'approval' has no handler for the event 'reject'");
  CHECK_THROWS_WITH(run.issue_link(order.id, order.step().id, "approve", {.valid_for = 0ms}),
                    "a link is valid for 0 ms; 1 ms to a year are allowed");
  CHECK_THROWS_AS(run.issue_link(uuid{}, order.step().id, "approve"), error);
  CHECK_THROWS_WITH(
      run.issue_link(order.id, order.step().id, "approve"),
      "step 'approval' is answered by its holder alone; say whom the link answers as");
  CHECK_THROWS_WITH(run.issue_link(order.id, order.step().id, "approve", {.answers_as = ""}),
                    "a link answers as somebody of 0 bytes; 1 to 256 are allowed");
}

RUNTIME_TEST_CASE("a link is revoked, and a step has no more than some") {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  order_run order{run};
  const std::string link = order.link();
  run.cancel_task(order.id, order.state().tasks.front().id, {.actor = "eva"});
  CHECK(order.refused_link(link) == "not open");
  for (int i = 0; i < 100; ++i) (void)order.link();
  CHECK_THROWS_WITH(order.link(), "step 'approval' has 100 open links; cancel some");
}

TEST_CASE("runtime: a link expires, whether a worker runs or not", "[runtime]") {
  testing::test_engine test{{order()}};
  order_run order{test.runtime()};
  const std::string link = order.link(1h);
  test.skip(59min);
  CHECK(order.refused_link("x") == "not open");
  test.skip(1min);
  CHECK(order.refused_link(link) == "not open");
  CHECK(order.state().tasks.size() == 1);
  test.run_due();
  CHECK(order.state().tasks.empty());
  CHECK(order.refused_link(link) == "not open");
}
