// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/testing.hpp>
#include <utility>

#include "support/catch.hpp"
#include "support/loans.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::loans;
using namespace nava::testing;
using namespace std::chrono_literals;
using lines = std::vector<std::string>;

TEST_CASE("inbox: an event that comes too early waits for its step", "[inbox]") {
  test_engine engine{{loan(true)}};
  runtime& run = engine.runtime();
  (void)run.publish(paid("1", "early"));
  CHECK(engine.run_due() == 1);
  CHECK(engine.inbox() == lines{"paid loan/1 EARLY"});
  (void)run.publish(event_for("1", "applied", "a"));
  CHECK(engine.run_due() == 1);
  CHECK(engine.inbox() == lines{"paid loan/1 EARLY"});
  (void)engine.advance(5s);
  (void)run.publish(event_for("1", "signed", "s"));
  CHECK(engine.run_due() == 1);
  (void)engine.advance(30s);
  CHECK(engine.inbox() == lines{});
  CHECK(messages(run.store(), "1") == lines{"early"});
}

TEST_CASE("inbox: an event is kept early for as long as the definition says", "[inbox]") {
  test_engine engine{{loan(true)}};
  (void)engine.runtime().publish(paid("1", "early"));
  (void)engine.advance(23h);
  CHECK(engine.inbox() == lines{"paid loan/1 EARLY"});
  (void)engine.advance(1h + 3min);
  CHECK(engine.inbox() == lines{"paid loan/1 FAILED"});
  const auto left = engine.runtime().store().list_events({});
  CHECK(left.at(0).error.value().find("finds no workflow") != std::string::npos);
}

TEST_CASE("inbox: early events of a name keep their order", "[inbox]") {
  test_engine engine{{loan(true)}};
  runtime& run = engine.runtime();
  (void)run.publish(paid("1", "first"));
  (void)engine.advance(310s);
  (void)run.publish(paid("1", "second"));
  (void)engine.advance(5s);
  CHECK(engine.inbox() == lines{"paid loan/1 EARLY", "paid loan/1 EARLY"});
  (void)run.publish(event_for("1", "applied", "a"));
  (void)run.publish(event_for("1", "signed", "s"));
  (void)run.publish(paid("1", "third"));
  (void)engine.run_due();
  CHECK(engine.inbox() == lines{});
  CHECK(messages(run.store(), "1") == lines{"first", "second", "third"});
}

TEST_CASE("inbox: an early event whose handler throws is not overtaken by the next", "[inbox]") {
  definition_builder poll{"poll", revision{1}};
  poll.stage("s", "Stage");
  bool has_thrown = false;
  poll.step("asking", {.stage = "s"}).on("answer", [&](step_context& step, const event& answer) {
    if (!std::exchange(has_thrown, true)) throw std::runtime_error{"not now"};
    step.message(std::to_string(answer.data.at("n").as_int64()));
  });
  poll.on("open", [](workflow_context& on, const event&) { on.add_step("asking"); });
  poll.step("waiting", {.stage = "s"});
  poll.keep_early("answer", 24h).when_a_handler_throws(on_exception::reject_event);
  poll.on_started([](workflow_context& on) { on.add_step("waiting"); });
  test_engine engine{{poll.build()}};
  runtime& run = engine.runtime();
  const uuid id = run.start("poll", {"poll", "1"}).workflow_id;
  const auto answer = [&](int n) {
    (void)run.publish({.name = "answer",
                       .resource = {"poll", "1"},
                       .key = "a" + std::to_string(n),
                       .data = {{"n", n}}});
  };
  for (const int n : {1, 2}) {
    answer(n);
    (void)engine.run_due();
  }
  CHECK(engine.inbox() == lines{"answer poll/1 EARLY", "answer poll/1 EARLY"});
  (void)run.deliver_to(id, {.name = "open", .key = no_key});
  answer(3);
  (void)engine.advance(1min);
  CHECK(has_thrown);
  CHECK(engine.inbox() == lines{});
  lines heard;
  for (const auto& message : run.store().history(id).value().messages)
    heard.push_back(message.content);
  CHECK(heard == lines{"1", "2", "3"});
}

TEST_CASE("inbox: looking for whom an event waits is no attempt", "[inbox]") {
  test_engine engine{{loan(true)}};
  runtime& run = engine.runtime();
  (void)run.publish(paid("1", "early"));
  (void)engine.advance(1h);
  CHECK(engine.inbox() == lines{"paid loan/1 EARLY"});
  CHECK(run.store().list_events({}).at(0).attempt == 0);
}

TEST_CASE("inbox: an answer of somebody who does not have the step is not kept for later",
          "[inbox]") {
  definition_builder builder{"order", revision{1}};
  builder.stage("review", "Review").keep_early("answer", 24h);
  builder.step("approval", {.stage = "review", .only_holder_answers = true})
      .on("answer", [](step_context& step, const event&) { step.finish(); });
  builder.on_started(
      [](workflow_context& workflow) { workflow.add_step("approval").assign("max"); });
  test_engine test{{builder.build()}};
  const resource order{"order", "7"};
  const uuid id = test.runtime().start("order", order).workflow_id;
  for (const std::string actor : {"eva", "max"})
    (void)test.runtime().publish(
        {.name = "answer", .resource = order, .key = actor, .actor = actor});
  test.run_due();
  CHECK(test.inbox() == std::vector<std::string>{"answer order/7 FAILED"});
  CHECK(test.steps(id) == std::vector<std::string>{"approval COMPLETED"});
}
