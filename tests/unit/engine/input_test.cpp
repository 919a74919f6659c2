// SPDX-License-Identifier: Apache-2.0
#include <functional>
#include <nava/nava.hpp>
#include <nava/schema/row.hpp>

#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;
using Catch::Contains;
using engine::command;
using engine::decide;
using engine::decide_start;
using engine::decision;

namespace {

const uuid workflow_id = *parse_uuid("01890000-0000-7000-8000-000000000001");
const uuid transaction_id = *parse_uuid("01890000-0000-7000-8000-0000000000aa");
const timestamp noon = *parse_timestamp("2026-03-01T12:00:00Z");
const timestamp never = timestamp::max();
const resource about{"claim", "4711"};

using step_action = std::function<void(step_context&, const event&)>;

definition acting(step_action act, on_exception policy = on_exception::fail_step) {
  definition_builder builder{"claim", revision{1}};
  builder.when_a_handler_throws(policy);
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review", .repeats = true}).on("go", std::move(act));
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  return builder.build();
}

decision started(const definition& how) {
  return decide_start(how, {workflow_id, about}, noon, transaction_id);
}

decision delivered(const definition& how, const decision& before, const event& happened) {
  return decide(how, before.state, happened, noon, transaction_id);
}

event go(json::object data = {}) {
  return {.name = "go", .resource = about, .key = nava::no_key, .data = std::move(data)};
}

// What the step's failure says of a handler that does `act` at this event.
std::string failure_of(step_action act, const event& happened) {
  const definition how = acting(std::move(act));
  const auto made = delivered(how, started(how), happened);
  REQUIRE(made.work.messages.size() == 1);
  CHECK(made.state.steps.front().status == step_status::error);
  return made.work.messages.front().content;
}

void check_refused(const std::function<void()>& act, const std::string& named) {
  try {
    act();
    FAIL("nothing was thrown");
  } catch (const error& thrown) {
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Contains(named) && Contains("years 1 to 9999"));
  }
}

}  // namespace

TEST_CASE("times that lie outside of the years 1 to 9999 in UTC do not parse") {
  CHECK(parse_timestamp("0001-01-01T00:00:00Z"));
  CHECK(parse_timestamp("0001-01-01T01:00:00+01:00"));
  CHECK(parse_timestamp("9999-12-31T23:59:59.999999Z"));
  for (const char* text :
       {"0001-01-01T00:00:00+01:00", "0001-01-01T15:58:00+15:59", "9999-12-31T23:59:59-05:00",
        "0000-06-01T00:00:00Z", "9999-12-31T23:00:00-01:00"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
}

TEST_CASE("a time that no database could hold rejects the event, as other bad values do") {
  const auto reject = [](step_action act, const std::string& column) {
    INFO(column);
    const definition how = acting(std::move(act));
    const auto before = started(how);
    check_refused([&] { (void)delivered(how, before, go()); }, column);
  };
  reject([](step_context& step, const event&) { step.add_task("a", {}, {.ts_due = never}); },
         "workflow_task.ts_due");
  reject([](step_context& step, const event&) { step.add_task("a", {}, {.ts_expire = never}); },
         "workflow_task.ts_expire");
  reject([](step_context& step, const event&) { step.add_step("ask", {.ts_due = never}); },
         "workflow_step.ts_due");
  reject(
      [](step_context& step, const event&) { step.add_step("ask", {.ts_due = timestamp::min()}); },
      "workflow_step.ts_due");
  for (const timestamp wrong : {never, timestamp::min()}) {
    reject([=](step_context& step, const event&) { step.due_at(wrong); }, "workflow_step.ts_due");
    reject([=](step_context& step, const event&) { step.follow_up_at(wrong); },
           "workflow_step.ts_follow_up");
    reject([=](step_context& step, const event&) { step.workflow().expire_at(wrong); },
           "workflow.ts_expire");
  }
}

TEST_CASE("a start with such a time, and a clock that tells one, are refused by an error of nava") {
  const definition how = acting([](step_context& step, const event&) { step.finish(); });
  check_refused(
      [&] {
        (void)decide_start(how, {.workflow_id = workflow_id, .resource = about, .ts_expire = never},
                           noon, transaction_id);
      },
      "workflow.ts_expire");
  const auto before = started(how);
  for (const timestamp wrong :
       {never, timestamp::min(),
        timestamp{std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1}}}) {
    check_refused(
        [&] {
          (void)decide_start(how, {workflow_id, about}, wrong, transaction_id);
        },
        "clock");
    check_refused([&] { (void)decide(how, before.state, go(), wrong, transaction_id); }, "clock");
    check_refused(
        [&] { (void)decide(how, before.state, command::pause, {}, wrong, transaction_id); },
        "clock");
  }
}

TEST_CASE("a start about a resource without a name or an id is refused") {
  const definition how = acting([](step_context& step, const event&) { step.finish(); });
  for (const resource& half : {resource{"", "1"}, resource{"claim", ""}})
    CHECK_THROWS_WITH(
        decide_start(how, {.workflow_id = workflow_id, .resource = half}, noon, transaction_id),
        Contains(half.name.empty() ? "without a name" : "without an id"));
}

TEST_CASE("a handler that misses a key leaves a text that names event, step and key") {
  const std::string text = failure_of(
      [](step_context& step, const event& happened) {
        step.memorize({{"note", happened.data.at("note")}});
      },
      go({{"remark", "hidden"}, {"amount", 3}}));
  CHECK_THAT(text, Contains("event 'go'") && Contains("step 'ask'") && Contains("'note'"));
  CHECK_THAT(text, Contains("remark (string)") && Contains("amount (number)"));
  CHECK_THAT(text, !Contains("out of range") && !Contains("hidden"));
}

TEST_CASE("a handler that finds a value of another kind leaves a text that names event and keys") {
  const std::string text = failure_of(
      [](step_context& step, const event& happened) {
        if (happened.data.at("yes").as_bool()) step.finish();
      },
      go({{"yes", "yes"}}));
  CHECK_THAT(text, Contains("event 'go'") && Contains("step 'ask'") &&
                       Contains("of another kind") && Contains("bool"));
  CHECK_THAT(text, Contains("yes (string)"));
}

TEST_CASE("a handler that misses something deeper, or in an array, leaves such a text too") {
  for (const step_action& act : {
           step_action{[](step_context&, const event& happened) {
             (void)happened.data.at("who").as_object().at("name");
           }},
           step_action{[](step_context&, const event& happened) {
             (void)happened.data.at("list").as_array().at(7);
           }},
           step_action{[](step_context&, const event& happened) {
             (void)happened.data.at("list").to_number<int>();
           }},
       }) {
    const std::string text =
        failure_of(act, go({{"who", json::object{}}, {"list", json::array{1}}}));
    CHECK_THAT(text, Contains("event 'go'") && Contains("step 'ask'") && Contains("who (object)"));
    CHECK_THAT(text, !Contains("out of range") && !Contains("boost"));
  }
}

TEST_CASE("what a handler throws itself keeps its own words") {
  CHECK(failure_of([](step_context&, const event&) { throw std::out_of_range{"out of range"}; },
                   go()) == "out of range");
}

TEST_CASE("wherever a look into JSON fails, its caller is told event and key") {
  const auto text_of = [](const std::function<void()>& act) -> std::string {
    try {
      act();
    } catch (const std::exception& thrown) {
      return thrown.what();
    }
    return "nothing was thrown";
  };
  const step_action misses = [](step_context&, const event& happened) {
    (void)happened.data.at("note");
  };
  SECTION("in a handler whose definition rejects the event") {
    const definition how = acting(misses, on_exception::reject_event);
    CHECK_THAT(text_of([&] { (void)delivered(how, started(how), go()); }),
               Contains("event 'go', step 'ask'") && Contains("'note'"));
  }
  SECTION("in a handler of the workflow") {
    definition_builder builder{"claim", revision{1}};
    builder.stage("review", "Review").step("ask", {.stage = "review"});
    builder.on("go",
               [](workflow_context&, const event& happened) { (void)happened.args.at("sender"); });
    const definition how = builder.build();
    CHECK_THAT(text_of([&] { (void)delivered(how, started(how), go()); }),
               Contains("event 'go'") && Contains("'sender'"));
  }
  SECTION("in a selector") {
    definition_builder builder{"claim", revision{1}};
    builder.stage("review", "Review").step("ask", {.stage = "review"});
    builder.on(
        "go", [](workflow_context&, const event&) {}, {.selector = [](const event& happened) {
          return selection{{"claim", std::string{happened.data.at("claim").as_string()}}, {}};
        }});
    const definition how = builder.build();
    CHECK_THAT(text_of([&] { (void)delivered(how, started(how), go()); }),
               Contains("event 'go'") && Contains("selector") && Contains("'claim'"));
  }
  SECTION("in a hook of the start") {
    definition_builder builder{"claim", revision{1}};
    builder.stage("review", "Review").step("ask", {.stage = "review"});
    builder.on_started([](workflow_context& workflow) { (void)workflow.params().at("amount"); });
    CHECK_THAT(text_of([&] { (void)started(builder.build()); }),
               Contains("start of 'claim'") && !Contains("out of range"));
  }
  SECTION("in a hook of a command") {
    definition_builder builder{"claim", revision{1}};
    builder.stage("review", "Review").step("ask", {.stage = "review"});
    builder.on_paused([](workflow_context& workflow) { (void)workflow.params().at("amount"); });
    const definition how = builder.build();
    CHECK_THAT(text_of([&] {
                 (void)decide(how, started(how).state, command::pause, {}, noon, transaction_id);
               }),
               Contains("event 'nava.pause'") && !Contains("out of range"));
  }
}

TEST_CASE("an event for another resource is refused with the name of that resource") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review"})
      .on("mail", [](step_context& step, const event&) { step.finish(); },
          {.selector = [](const event& mail) {
            return selection{{"claim", std::string{mail.data.at("claim").as_string()}}, {}};
          }});
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  const definition how = builder.build();
  const event mail{
      .name = "mail", .resource = about, .key = nava::no_key, .data = {{"claim", "4712"}}};
  CHECK_THROWS_WITH(delivered(how, started(how), mail),
                    "event 'mail' is for claim/4712, not for claim/4711, which the workflow is "
                    "about");
}

TEST_CASE("the text of a failure is cut between characters") {
  std::string words = "x";
  while (words.size() < 3000) words += "ä";
  const std::string text =
      failure_of([&](step_context&, const event&) { throw std::runtime_error{words}; }, go());
  CHECK(text.size() <= 2000);
  CHECK(text == words.substr(0, text.size()));
  CHECK(is_valid_utf8(text));
}

TEST_CASE("a workflow has no more open tasks, and a definition no more stages, than can be ended") {
  const definition how = acting([](step_context& step, const event&) { step.add_task("more"); });
  auto full = started(how);
  full.state.tasks.resize(10'000);
  CHECK_THROWS_WITH(delivered(how, full, go()),
                    "a workflow has at most 10000 open tasks; split it");
  definition_builder builder{"claim", revision{1}};
  for (int i = 0; i <= 1'000; ++i) builder.stage("stage-" + std::to_string(i), "Stage");
  CHECK_THROWS_WITH(builder.build(), Contains("more than 1000 stages"));
}
