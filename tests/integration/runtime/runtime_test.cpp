// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using schema::workflow_status;

RUNTIME_TEST_CASE("starting twice answers with the one workflow that is there") {
  claim_run claim{database};
  const std::string before = claim.dump();
  const auto again = claim.run.start("claim", claim_1, {{"amount", 7}});
  CHECK(again.result == nava::delivery::already_applied);
  CHECK(again.workflow_id == claim.id);
  CHECK(claim.dump() == before);
  CHECK(claim.stored->list({}).workflows.size() == 1);
}

RUNTIME_TEST_CASE("an event with a key is applied once however often it is delivered") {
  claim_run claim{database};
  CHECK(claim.deliver(yes()) == delivery::applied);
  const std::string before = claim.dump();
  CHECK(claim.deliver(yes()) == delivery::already_applied);
  CHECK(claim.dump() == before);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("an event without a key is applied each time") {
  claim_run claim{database};
  CHECK(claim.deliver(happened("note")) == delivery::applied);
  CHECK(claim.deliver(happened("note")) == delivery::applied);
  CHECK(count_named(claim.history(), "note") == 2);
  CHECK(claim.history().messages.size() == 2);
}

RUNTIME_TEST_CASE("an event that nobody handles is refused") {
  claim_run claim{database};
  check_nothing_stored<event_refused>(claim, [&] { claim.deliver(happened("unheard-of")); });
  CHECK_THROWS_WITH(claim.deliver(happened("unheard-of")), Catch::Contains("unheard-of"));
}

RUNTIME_TEST_CASE("an event for a resource without a workflow is refused") {
  claim_run claim{database};
  event elsewhere = yes();
  elsewhere.resource.id = "2";
  check_nothing_stored<event_refused>(claim, [&] { claim.deliver(elsewhere); });
  CHECK_THROWS_WITH(claim.deliver(elsewhere), Catch::Contains("claim/2"));
}

RUNTIME_TEST_CASE("a finished workflow refuses events but still knows the ones it had") {
  claim_run claim{database};
  claim.deliver(yes());
  claim.deliver(happened("paid", "paid-1"));
  REQUIRE(claim.status() == workflow_status::completed);
  check_nothing_stored<event_refused>(claim, [&] { claim.deliver(happened("note", "new")); });
  const std::string before = claim.dump();
  CHECK(claim.deliver(yes()) == delivery::already_applied);
  CHECK(claim.dump() == before);
}

RUNTIME_TEST_CASE("an event for workflows of two definitions is one decision for each") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {claim_builder("audit").build(), claim_builder("claim").build()}};
  run.start("audit", claim_1);
  run.start("claim", claim_1);
  const auto outcomes = run.deliver(happened("note", "n-1", {{"seen", true}}));
  REQUIRE(outcomes.size() == 2);
  CHECK(outcomes[0].workflow_id != outcomes[1].workflow_id);
  std::set<uuid> transactions;
  for (const auto& outcome : outcomes) {
    CHECK(outcome.result == nava::delivery::applied);
    CHECK(broken_promises(*stored, outcome.workflow_id).empty());
    CHECK(decisions_on(*stored, outcome.workflow_id) == 2);
    transactions.insert(stored->history(outcome.workflow_id).value().events.back().transaction_id);
  }
  CHECK(transactions.size() == 2);
}

RUNTIME_TEST_CASE("a finished workflow does not keep an event from another of its resource") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {claim_builder("audit").build(), claim_builder("claim").build()}};
  const uuid audit = run.start("audit", claim_1).workflow_id;
  const uuid claim = run.start("claim", claim_1).workflow_id;
  run.cancel(audit);
  const auto outcomes = run.deliver(happened("note", "n-1", {{"seen", true}}));
  REQUIRE(outcomes.size() == 1);
  CHECK(outcomes.front().workflow_id == claim);
  CHECK(outcomes.front().result == nava::delivery::applied);
}

RUNTIME_TEST_CASE(
    "a handler that oversteps or throws does not keep an event from other workflows") {
  auto strict = claim_builder("strict");
  strict.when_a_handler_throws(on_exception::reject_event);
  auto deaf = claim_builder("deaf");
  deaf.on("fail", [](workflow_context& workflow, const event&) { workflow.resume(); },
          {.priority = 1});
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {deaf.build(), claim_builder("last").build(), strict.build()}};
  // Workflows of a resource have their turn in the order of their start.
  run.start("strict", claim_1);
  run.start("deaf", claim_1);
  const uuid last = run.start("last", claim_1).workflow_id;

  CHECK_THROWS_WITH(run.deliver(happened("fail", "f-1")), "no luck");
  CHECK(stored->load(last).value().state.workflow.status == workflow_status::degraded);
  CHECK(count_named(*stored->history(last), "fail") == 1);
  CHECK_THROWS_WITH(run.deliver(happened("fail", "f-1")), "no luck");
  CHECK(count_named(*stored->history(last), "fail") == 1);
}

RUNTIME_TEST_CASE(
    "a revision that is missing is not silence, even where another workflow takes it") {
  const std::shared_ptr stored{database.open()};
  runtime{stored, {claim_builder("audit", 1).build()}}.start("audit", claim_1);
  runtime run{stored, {claim_builder("audit", 2).build(), claim_builder("claim").build()}};
  const uuid claim = run.start("claim", claim_1).workflow_id;
  CHECK_THROWS_AS(run.deliver(happened("note", "n-1", {{"seen", true}})), unknown_revision);
  CHECK(count_named(*stored->history(claim), "note") == 1);
}

RUNTIME_TEST_CASE("a value that cannot be stored rejects the event, and fails no step") {
  claim_run claim{database};
  const std::string before = claim.dump();
  CHECK_THROWS_AS(claim.deliver(happened("answer", "bad", {{"yes", true}, {"note", "a\xFF"}})),
                  error);
  CHECK(claim.dump() == before);
  CHECK(claim.status() == workflow_status::active);
}

RUNTIME_TEST_CASE("an event is stored with the step of the handler that its selector chose") {
  definition_builder builder{"pair", revision{1}};
  builder.stage("only", "Only");
  const auto finish = [](step_context& step, const event&) { step.finish(); };
  const auto other = [](const event&) { return engine::selection{{"claim", "2"}, {}}; };
  builder.step("theirs", {.stage = "only", .repeats = true})
      .on("go", finish, {.priority = 1, .selector = other});
  builder.step("ours", {.stage = "only"}).on("go", finish, {.priority = 2});
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("ours");
    workflow.add_step("theirs");
    // Two of them would make the event ambiguous, were it for this workflow.
    if (workflow.row().resource_id == "1") workflow.add_step("theirs");
  });
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {builder.build()}};
  for (const auto& about : {claim_1, resource{"claim", "2"}}) run.start("pair", about);
  REQUIRE(run.deliver(happened("go")).size() == 2);
  for (const auto& [number, key] : {std::pair{"1", "ours"}, std::pair{"2", "theirs"}}) {
    const auto state = stored->load({"claim", number}).front().state;
    const auto cause = stored->history(state.workflow.id).value().events.back();
    CHECK(step_of(state, key).status == schema::step_status::completed);
    CHECK(cause.step_id == step_of(state, key).id);
  }
}

namespace {

engine::workflow_handler appends(std::string what) {
  return [what](workflow_context& workflow, const event&) {
    json::value so_far = workflow.recall("order");
    if (so_far.is_null()) so_far = json::array{};
    so_far.as_array().emplace_back(what);
    workflow.memorize({{"order", so_far}});
  };
}

// The second of three handlers, by priority, is the step's; it throws when the event says so.
definition ordered_handlers(on_exception policy) {
  definition_builder builder{"ordered", revision{1}};
  builder.stage("only", "Only").when_a_handler_throws(policy);
  builder.on("go", appends("third"), {.priority = 30});
  builder.step("work", {.stage = "only"})
      .on("go",
          [](step_context& step, const event& what) {
            step.memorize({{"kept", false}});
            auto workflow = step.workflow();
            appends("second")(workflow, what);
            if (what.data.contains("throw")) throw std::runtime_error{"no luck"};
          },
          {.priority = 20});
  builder.on("go", appends("first"), {.priority = -10});
  builder.on_started([](workflow_context& workflow) { workflow.add_step("work"); });
  return builder.build();
}

}  // namespace

RUNTIME_TEST_CASE("all handlers of an event run by priority as one decision") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {ordered_handlers(on_exception::fail_step)}};
  const uuid id = run.start("ordered", claim_1).workflow_id;
  run.deliver(happened("go"));
  const auto state = stored->load(id).value().state;
  CHECK(state.memory.memory.at("order") == json::array{"first", "second", "third"});
  CHECK(decisions_on(*stored, id) == 2);
  CHECK(count_named(stored->history(id).value(), "go") == 1);
  CHECK(broken_promises(*stored, id).empty());
}

RUNTIME_TEST_CASE("a handler that throws leaves its step failed and nothing half-done") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {ordered_handlers(on_exception::fail_step)}};
  const uuid id = run.start("ordered", claim_1).workflow_id;
  run.deliver(happened("go", "k", {{"throw", true}}));
  const auto state = stored->load(id).value().state;
  const auto history = stored->history(id).value();
  CHECK(state.workflow.status == workflow_status::degraded);
  CHECK(decisions_on(*stored, id) == 2);
  CHECK(state.steps.front().status == schema::step_status::error);
  CHECK(state.steps.front().memory.empty());
  CHECK(state.stages.front().status == schema::stage_status::error);
  CHECK(state.memory.memory.empty());
  REQUIRE(history.messages.size() == 1);
  CHECK(history.messages.front().content == "no luck");
  CHECK(count_named(history, "go") == 1);
  CHECK(broken_promises(*stored, id).empty());
}

RUNTIME_TEST_CASE("a definition can have events rejected whose handler throws") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {ordered_handlers(on_exception::reject_event)}};
  run.start("ordered", claim_1);
  const std::string before = database.dump(*stored);
  CHECK_THROWS_WITH(run.deliver(happened("go", "k", {{"throw", true}})), "no luck");
  CHECK(database.dump(*stored) == before);
  CHECK(run.deliver(happened("go", "k")).front().result == nava::delivery::applied);
}

RUNTIME_TEST_CASE("an event is rejected whose handler throws for a step that cannot fail now") {
  claim_run claim{database};
  const auto check_rejected = [&] {
    const std::string before = claim.dump();
    CHECK_THROWS_WITH(claim.deliver(happened("fail", "again")), "no luck");
    CHECK(claim.dump() == before);
  };
  claim.run.pause(claim.id);
  check_rejected();
  claim.run.resume(claim.id);
  claim.deliver(happened("fail", "first"));
  check_rejected();
}

RUNTIME_TEST_CASE("an action that is refused leaves nothing of its event") {
  claim_run claim{database};
  check_nothing_stored<action_refused>(claim, [&] { claim.deliver(happened("overstep")); });
}

RUNTIME_TEST_CASE("a transition out of order leaves nothing of its event") {
  claim_run claim{database};
  check_nothing_stored<action_refused>(claim, [&] { claim.deliver(happened("late")); });
}

RUNTIME_TEST_CASE("a task is there when its decision is applied and never before") {
  const auto faulty = std::make_shared<faulty_store>(std::shared_ptr{database.open()});
  claim_run claim{database, faulty};
  const auto charges = [&] {
    const auto tasks = claim.history().tasks;
    return std::ranges::count(tasks, "charge", &schema::workflow_task::name);
  };
  // Calls of a delivery: load, commit, and after a conflict load, commit again.
  faulty->reset();
  std::ptrdiff_t before_rival = -1;
  faulty->before_call(2, [&] {
    before_rival = charges();
    claim.deliver(happened("bill", "rival"));
  });
  CHECK(claim.deliver(happened("bill", "mine")) == delivery::applied);
  CHECK(before_rival == 0);
  CHECK(charges() == 1);
  CHECK(names_of(claim.history()) == std::vector<std::string>{"nava.start", "bill", "bill"});
  CHECK(claim.history().events[1].event_key == "rival");
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("an event that a rival has applied meanwhile is not applied again") {
  const auto faulty = std::make_shared<faulty_store>(std::shared_ptr{database.open()});
  claim_run claim{database, faulty};
  faulty->reset();
  faulty->before_call(2, [&] { claim.deliver(yes()); });
  CHECK(claim.deliver(yes()) == delivery::already_applied);
  CHECK(count_named(claim.history(), "answer") == 1);
}

RUNTIME_TEST_CASE("a decision with unknown outcome is known again after a rival moved on") {
  const auto faulty = std::make_shared<faulty_store>(std::shared_ptr{database.open()});
  claim_run claim{database, faulty};
  faulty->reset();
  faulty->fail_call(2, fault::after);
  faulty->before_call(3, [&] { claim.deliver(happened("note", "rival")); });
  CHECK(claim.deliver(happened("note", "mine")) == delivery::applied);
  CHECK(count_named(claim.history(), "note") == 2);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a definition that differs from the stored one of its revision is refused") {
  const std::shared_ptr stored{database.open()};
  const runtime first{stored, {claim_builder().build()}};
  auto changed = claim_builder();
  changed.step("appeal", {.stage = "review"});
  const std::string before = database.dump(*stored);
  CHECK_THROWS_AS((runtime{stored, {changed.build()}}), definition_error);
  CHECK_THROWS_WITH((runtime{stored, {changed.build()}}), Catch::Contains("'claim' revision 1"));
  CHECK(database.dump(*stored) == before);
  CHECK_NOTHROW(runtime{stored, {claim_builder().build()}});
}

RUNTIME_TEST_CASE("a new revision of a definition lives beside the old one") {
  const std::shared_ptr stored{database.open()};
  runtime old{stored, {claim_builder().build()}};
  const uuid first = old.start("claim", claim_1).workflow_id;
  auto changed = claim_builder("claim", 2);
  changed.step("appeal", {.stage = "review"});
  runtime both{stored, {claim_builder().build(), changed.build()}};
  const uuid second = both.start("claim", {"claim", "2"}).workflow_id;
  CHECK(stored->load(first).value().state.workflow.wfdef_rev == 1);
  CHECK(stored->load(second).value().state.workflow.wfdef_rev == 2);
  CHECK(both.deliver(yes()).front().workflow_id == first);
  CHECK(both.start("claim", claim_1).result == nava::delivery::already_applied);
}

RUNTIME_TEST_CASE("a workflow of a revision that the runtime was not given is refused by name") {
  claim_run claim{database};
  runtime newer{claim.stored, {claim_builder("claim", 2).build()}};
  check_nothing_stored<refused>(claim, [&] { newer.deliver(yes()); });
  check_nothing_stored<refused>(claim, [&] { newer.cancel(claim.id); });
  CHECK_THROWS_WITH(newer.deliver(yes()), Catch::Contains("revision 1 of definition 'claim'"));
}

RUNTIME_TEST_CASE("the clock of the options is what the stored times show") {
  const timestamp started = instant(0), answered = instant(60), sent = instant(30);
  timestamp now = started;
  claim_run claim{database, {.clock = [&] { return now; }}};
  now = answered;
  event answer_sent = yes();
  answer_sent.at = sent;
  claim.deliver(answer_sent);
  claim.deliver(happened("note"));

  const auto state = claim.state();
  CHECK(state.workflow.ts_start == started);
  CHECK(state.workflow.created == started);
  CHECK(state.workflow.updated == answered);
  CHECK(step_of(state, "approval").ts_start == started);
  CHECK(step_of(state, "approval").ts_transit == answered);
  CHECK(step_of(state, "approval").ts_finish == answered);
  const auto history = claim.history();
  CHECK(history.events[0].at == started);
  CHECK(history.events[1].at == sent);
  CHECK(history.events[2].at == answered);
  CHECK(history.messages.back().at == answered);
  CHECK(history.mutations.front().at == started);
  CHECK(history.mutations.back().at == answered);
}
