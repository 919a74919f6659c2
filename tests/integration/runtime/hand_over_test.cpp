// SPDX-License-Identifier: Apache-2.0
#include <barrier>
#include <nava/nava.hpp>
#include <thread>

#include "support/catch.hpp"
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;

namespace {

using lines = std::vector<std::string>;

// A leave that one of the managers approves.
definition approved_leave() {
  definition_builder builder{"leave", revision{1}};
  builder.title("Leave").stage("review", "Review");
  builder
      .step(
          "approval",
          {.stage = "review", .candidates = {.groups = {"managers"}}, .only_holder_answers = true})
      .on("done", [](step_context& step, const event&) { step.finish(); })
      .on("break", [](step_context&, const event&) { throw std::runtime_error{"no luck"}; });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  return builder.build();
}

struct leave_run {
  explicit leave_run(test_database& database)
      : kept(database),
        stored(database.open()),
        run(stored, {approved_leave()}),
        id(run.start("leave", {"employee", "7"}).workflow_id) {}

  [[nodiscard]] nava::workflow_state state() { return run.store().load(id).value().state; }
  [[nodiscard]] schema::workflow_step step() { return state().steps.front(); }
  // `event by actor`, of each event.
  [[nodiscard]] lines causes() {
    lines all;
    for (const auto& each : run.store().history(id).value().events)
      all.push_back(each.event_name + " by " + each.actor.value_or("-"));
    return all;
  }
  event done(std::string actor) {
    return {
        .name = "done", .resource = {"employee", "7"}, .key = no_key, .actor = std::move(actor)};
  }
  template <class Call>
  void check_nothing_stored(Call call) {
    const std::string before = kept.dump(run.store());
    CHECK_THROWS_AS(call(), action_refused);
    CHECK(kept.dump(run.store()) == before);
  }

  test_database& kept;
  std::shared_ptr<persistence::store> stored;
  runtime run;
  uuid id;
};

claimant manager(std::string user) { return {std::move(user), {"managers"}}; }

// What two calls did that began at once, each by a runtime of its own: `done`, or why not.
template <class First, class Second>
std::pair<std::string, std::string> at_once(leave_run& leave, First first, Second second) {
  runtime other_run{leave.stored, {approved_leave()}};
  std::barrier begin{2};
  std::pair<std::string, std::string> said;
  const auto run = [&](runtime& by, auto& call, std::string& what) {
    begin.arrive_and_wait();
    try {
      call(by);
      what = "done";
    } catch (const refused& failure) {
      what = failure.what();
    } catch (const std::exception& failure) {
      what = std::string{"unexpected: "} + failure.what();
    }
  };
  std::thread other{[&] { run(other_run, second, said.second); }};
  run(leave.run, first, said.first);
  other.join();
  return said;
}

}  // namespace

RUNTIME_TEST_CASE("a claim is a decision, with its actor") {
  leave_run leave{database};
  CHECK(leave.run.claim(leave.id, leave.step().id, manager("eva")).result == delivery::applied);
  CHECK(leave.step().owner_id == "eva");
  const auto history = leave.run.store().history(leave.id).value();
  const auto& cause = history.events.back();
  CHECK(cause.event_name == "nava.claim");
  CHECK(cause.actor == "eva");
  CHECK(cause.step_id == leave.step().id);
  CHECK(cause.event_data == json::object{{"user", "eva"}});
  CHECK(history.mutations.back().action == "claim");
}

RUNTIME_TEST_CASE("a verb that is repeated under its key is already_applied") {
  leave_run leave{database};
  const uuid step = leave.step().id;
  const auto click = [](std::string key) { return command_options{.actor = "eva", .key = key}; };
  const auto twice = [&](auto call) {
    CHECK(call().result == delivery::applied);
    CHECK(call().result == delivery::already_applied);
  };
  twice([&] { return leave.run.claim(leave.id, step, manager("eva"), click("1")); });
  twice([&] { return leave.run.delegate(leave.id, step, "max", click("2")); });
  twice([&] { return leave.run.resolve(leave.id, step, click("3")); });
  twice([&] { return leave.run.unclaim(leave.id, step, click("4")); });
  twice([&] { return leave.run.assign(leave.id, step, "eva", click("5")); });
  twice([&] { return leave.run.pause(leave.id, click("6")); });
  twice([&] { return leave.run.resume(leave.id, click("7")); });
  twice([&] { return leave.run.comment(leave.id, "well", click("8")); });
  leave.run.deliver(
      {.name = "break", .resource = {"employee", "7"}, .key = no_key, .actor = "eva"});
  twice([&] { return leave.run.recover(leave.id, step, click("9")); });
  leave.run.deliver(
      {.name = "break", .resource = {"employee", "7"}, .key = no_key, .actor = "eva"});
  twice([&] { return leave.run.ignore(leave.id, step, click("10")); });
  CHECK(leave.run.claim(leave.id, step, manager("eva"), click("1")).result ==
        delivery::already_applied);
}

RUNTIME_TEST_CASE("of many claims at once one wins, and the others learn who") {
  leave_run leave{database};
  const uuid step = leave.step().id;
  constexpr int claimants = 8;
  std::barrier begin{claimants};
  std::vector<std::string> said(claimants);
  // A runtime each: calls of one would take turns.
  std::vector<std::unique_ptr<runtime>> runs;
  for (int i = 0; i < claimants; ++i)
    runs.push_back(std::make_unique<runtime>(leave.stored, std::vector{approved_leave()}));
  std::vector<std::thread> threads;
  for (int i = 0; i < claimants; ++i)
    threads.emplace_back([&, i] {
      begin.arrive_and_wait();
      try {
        (void)runs[i]->claim(leave.id, step, manager("user-" + std::to_string(i)));
        said[i] = "won";
      } catch (const step_taken& taken) {
        said[i] = taken.holder();
      } catch (const std::exception& failure) {
        said[i] = failure.what();
      }
    });
  for (auto& each : threads) each.join();
  const std::string owner = leave.step().owner_id.value();
  CHECK(std::ranges::count(said, "won") == 1);
  CHECK(std::ranges::count(said, owner) == claimants - 1);
  CHECK(leave.causes() == lines{"nava.start by -", "nava.claim by " + owner});
}

RUNTIME_TEST_CASE("a claim beside a cancellation comes before it, or not at all") {
  leave_run leave{database};
  const uuid step = leave.step().id;
  const auto [claimed, cancelled] = at_once(
      leave, [&](runtime& run) { (void)run.claim(leave.id, step, manager("eva")); },
      [&](runtime& run) { (void)run.cancel(leave.id, {.actor = "boss"}); });
  CHECK(cancelled == "done");
  if (claimed == "done")
    CHECK(leave.causes() == lines{"nava.start by -", "nava.claim by eva", "nava.cancel by boss"});
  else {
    CHECK(claimed == "claim is refused while the workflow is CANCELLED; allowed: ACTIVE, DEGRADED");
    CHECK(leave.causes() == lines{"nava.start by -", "nava.cancel by boss"});
  }
}

RUNTIME_TEST_CASE("of a delegation and an answer at once the later one is refused") {
  leave_run leave{database};
  const uuid step = leave.step().id;
  leave.run.claim(leave.id, step, manager("eva"));
  const auto [delegated, answered] = at_once(
      leave, [&](runtime& run) { (void)run.delegate(leave.id, step, "max", {.actor = "eva"}); },
      [&](runtime& run) { (void)run.deliver(leave.done("eva")); });
  lines causes{"nava.start by -", "nava.claim by eva"};
  if (delegated == "done") {
    CHECK(answered == "event 'done' for step 'approval' comes from 'eva', but 'max' has it");
    causes.emplace_back("nava.delegate by eva");
  } else {
    CHECK(answered == "done");
    causes.emplace_back("done by eva");
  }
  CHECK(leave.causes() == causes);
}

RUNTIME_TEST_CASE("a verb that does not fit stores nothing") {
  leave_run leave{database};
  const uuid step = leave.step().id;
  leave.check_nothing_stored([&] { leave.run.claim(leave.id, uuid{}, manager("eva")); });
  leave.check_nothing_stored([&] { leave.run.claim(leave.id, step, {"eva", {"unknown"}}); });
  leave.check_nothing_stored([&] { leave.run.delegate(leave.id, step, "eva"); });
  leave.check_nothing_stored([&] { leave.run.comment(leave.id, "nameless", {}); });
  leave.run.claim(leave.id, step, manager("eva"));
  leave.check_nothing_stored([&] { leave.run.delegate(leave.id, step, "eva"); });
  leave.check_nothing_stored([&] { leave.run.claim(leave.id, step, manager("max")); });
  leave.run.deliver(leave.done("eva"));
  leave.check_nothing_stored([&] { leave.run.claim(leave.id, step, manager("max")); });
}

RUNTIME_TEST_CASE("a comment is a message with its author") {
  leave_run leave{database};
  leave.run.comment(leave.id, "Is this urgent?", {.actor = "eva"});
  leave.run.comment(leave.id, leave.step().id, "Yes.", {.actor = "max"});
  const auto messages = leave.run.store().history(leave.id).value().messages;
  REQUIRE(messages.size() == 2);
  CHECK(messages[0].source == "workflow");
  CHECK(messages[0].author == "eva");
  CHECK(messages[0].content == "Is this urgent?");
  CHECK(messages[1].source == "approval");
  CHECK(messages[1].author == "max");
}

RUNTIME_TEST_CASE("a start keeps who has started the workflow") {
  runtime run{std::shared_ptr{database.open()}, {approved_leave()}};
  const uuid id = run.start("leave", {"employee", "8"}, {}, {.actor = "eric"}).workflow_id;
  CHECK(run.store().history(id).value().events.front().actor == "eric");
}

RUNTIME_TEST_CASE("one verb on many steps has a result for each") {
  leave_run leave{database};
  const uuid other = leave.run.start("leave", {"employee", "8"}).workflow_id;
  leave.run.claim(leave.id, leave.step().id, manager("max"));
  auto items = leave.run.worklist({.user = "eva", .groups = {"managers"}}).items;
  REQUIRE(items.size() == 1);
  items.push_back(leave.run.worklist({.user = "max"}).items.at(0));
  const auto results = in_bulk(items, [&](const worklist_item& item) {
    return leave.run.claim(item.workflow_id, item.step_id, manager("eva"));
  });
  REQUIRE(results.size() == 2);
  CHECK(results[0].workflow_id == other);
  CHECK(results[0].done);
  CHECK_FALSE(results[1].done);
  CHECK(results[1].error == "'max' has step 'approval' already");
  CHECK_FALSE(results[1].may_retry);
}

RUNTIME_TEST_CASE("an event in the inbox keeps its actor") {
  leave_run leave{database};
  (void)leave.run.publish(leave.done("eva"));
  const auto stored = leave.run.store().list_events({});
  REQUIRE(stored.size() == 1);
  CHECK(stored.front().actor == "eva");
}
