// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"
#include "support/faulty_store.hpp"

using namespace nava;
using namespace nava::test;
using schema::step_status;
using schema::workflow_status;

namespace {

// An approval whose handler misses a key until its event is told to be lenient.
definition letter(bool is_lenient) {
  definition_builder claim{"claim", revision{1}};
  claim.stage("review", "Review");
  claim.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED"}})
      .on("answer", [is_lenient](step_context& step, const event& answer) {
        if (!is_lenient) step.memorize({{"note", answer.data.at("note")}});
        step.transit("APPROVED").finish();
      });
  claim.on_started(
      [](workflow_context& workflow) { workflow.add_step("approval").transit("ASKED"); });
  return claim.build();
}

const event remark{
    .name = "answer", .resource = claim_1, .key = "mail-1", .data = {{"remark", "fine"}}};

struct failed_claim {
  explicit failed_claim(test_database& database)
      : stored(database.open()),
        strict(stored, {letter(false)}),
        id(strict.start("claim", claim_1).workflow_id),
        failed(strict.deliver(remark).at(0)) {}

  [[nodiscard]] schema::workflow_step step() const {
    return stored->load(id).value().state.steps.at(0);
  }
  [[nodiscard]] workflow_status status() const {
    return stored->load(id).value().state.workflow.status;
  }

  std::shared_ptr<persistence::store> stored;
  runtime strict;
  uuid id;
  outcome failed;
};

}  // namespace

RUNTIME_TEST_CASE("an outcome says which step an event failed, and which key it missed") {
  const failed_claim claim{database};
  CHECK(claim.failed.result == delivery::applied);
  REQUIRE(claim.failed.failed);
  CHECK(claim.failed.failed->step_id == claim.step().id);
  CHECK(claim.failed.failed->step_key == "approval");
  CHECK_THAT(claim.failed.failed->reason, Catch::Contains("event 'answer', step 'approval'") &&
                                              Catch::Contains("there is no 'note'"));
  CHECK(claim.step().status == step_status::error);
  CHECK(claim.status() == workflow_status::degraded);
}

RUNTIME_TEST_CASE("a step in error is retried with the event that failed it") {
  failed_claim claim{database};
  const std::string before = database.dump(*claim.stored);
  CHECK_THROWS_AS(claim.strict.retry(claim.id, claim.step().id), payload_error);
  CHECK(database.dump(*claim.stored) == before);

  runtime mended{claim.stored, {letter(true)}};
  const outcome retried = mended.retry(claim.id, claim.step().id);
  CHECK(retried.result == delivery::applied);
  CHECK_FALSE(retried.failed);
  CHECK(claim.step().status == step_status::completed);
  CHECK(claim.status() == workflow_status::completed);
  CHECK(mended.deliver(remark).at(0).result == delivery::already_applied);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a step in error is recovered, or ignored, and says why") {
  failed_claim claim{database};
  claim.strict.recover(claim.id, claim.step().id, {.reason = "mended by hand"});
  CHECK(claim.step().status == step_status::active);
  CHECK(claim.status() == workflow_status::active);
  const auto history = claim.stored->history(claim.id).value();
  CHECK(history.events.back().event_name == "nava.recover");
  CHECK(history.events.back().event_data.at("reason") == "mended by hand");
  CHECK_THROWS_AS(claim.strict.recover(claim.id, claim.step().id), action_refused);

  event again = remark;
  again.key = "mail-2";
  REQUIRE(claim.strict.deliver(again).at(0).failed);
  claim.strict.ignore(claim.id, claim.step().id);
  CHECK(claim.step().status == step_status::ignored);
  CHECK(claim.status() == workflow_status::completed);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a step that no event failed is not retried") {
  const std::shared_ptr stored{database.open()};
  definition_builder claim{"claim", revision{1}};
  claim.stage("review", "Review").step("approval", {.stage = "review"});
  claim.on_started([](workflow_context& workflow) { workflow.add_step("approval").fail("no"); });
  runtime run{stored, {claim.build()}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  const uuid step = stored->load(id).value().state.steps.at(0).id;
  CHECK_THROWS_AS(run.retry(id, step), event_refused);
  CHECK_THROWS_AS(run.retry(id, new_id()), event_refused);
  CHECK_THROWS_AS(run.retry(new_id(), step), error);
  run.recover(id, step);
  CHECK_THROWS_AS(run.ignore(id, step), action_refused);
}

// What the handler did before it called fail() is stored, and would be done twice.
RUNTIME_TEST_CASE("a step that called fail() is not retried") {
  const std::shared_ptr stored{database.open()};
  definition_builder claim{"claim", revision{1}};
  claim.stage("review", "Review");
  claim.step("approval", {.stage = "review"}).on("answer", [](step_context& step, const event&) {
    step.add_task("mail");
    step.fail("not yet");
  });
  claim.on_started([](workflow_context& workflow) { workflow.add_step("approval"); });
  runtime run{stored, {claim.build()}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  CHECK_FALSE(run.deliver(remark).at(0).failed);
  const auto state = stored->load(id).value().state;
  REQUIRE(state.steps.at(0).status == step_status::error);
  CHECK_THROWS_AS(run.retry(id, state.steps.at(0).id), event_refused);
  CHECK(stored->load(id).value().state.tasks.size() == 1);
}

RUNTIME_TEST_CASE("an event that may be for another step too is not retried") {
  const std::shared_ptr stored{database.open()};
  const auto letters = [](bool is_lenient) {
    definition_builder claim{"claim", revision{1}};
    claim.stage("review", "Review");
    claim.step("first", {.stage = "review"}).on("answer", [](step_context& step, const event&) {
      step.memorize({{"seen", true}});
    });
    claim.step("second", {.stage = "review"})
        .on("answer", [is_lenient](step_context&, const event&) {
          if (!is_lenient) throw std::runtime_error{"no luck"};
        });
    claim.on_started([](workflow_context& workflow) {
      workflow.add_step("first");
      workflow.add_step("second");
    });
    return claim.build();
  };
  const uuid id = runtime{stored, {letters(false)}}.start("claim", claim_1).workflow_id;
  const auto failed = runtime{stored, {letters(false)}}.deliver(remark).at(0).failed;
  REQUIRE(failed);
  const std::string before = database.dump(*stored);
  CHECK_THROWS_WITH(runtime(stored, {letters(true)}).retry(id, failed->step_id),
                    Catch::Contains("may be for step 'first' too"));
  CHECK(database.dump(*stored) == before);
}

// Two people retry at once: the second finds the workflow changed, and the step no longer in error.
RUNTIME_TEST_CASE("a retry looks again where another call was faster") {
  const std::shared_ptr stored{database.open()};
  const uuid id = runtime{stored, {letter(false)}}.start("claim", claim_1).workflow_id;
  const auto failed = runtime{stored, {letter(false)}}.deliver(remark).at(0).failed;
  REQUIRE(failed);
  const auto faulty = std::make_shared<faulty_store>(stored);
  runtime late{faulty, {letter(true)}}, rival{stored, {letter(true)}};
  faulty->reset();
  // Call 1 reads the history.
  faulty->before_call(2, [&] { rival.retry(id, failed->step_id); });
  CHECK_THROWS_AS(late.retry(id, failed->step_id), refused);
  const auto history = stored->history(id).value();
  CHECK(count_named(history, "nava.retry") == 1);
  CHECK(history.state.workflow.status == workflow_status::completed);
}

RUNTIME_TEST_CASE("an event is delivered to one workflow by its id") {
  const std::shared_ptr stored{database.open()};
  runtime run{stored, {letter(true)}};
  const uuid id = run.start("claim", claim_1).workflow_id;
  const uuid other = run.start("claim", {"claim", "2"}).workflow_id;
  event elsewhere = remark;
  elsewhere.resource = {"letter", "none"};
  CHECK(run.deliver_to(id, elsewhere).result == delivery::applied);
  CHECK(run.deliver_to(id, elsewhere).result == delivery::already_applied);
  CHECK(stored->load(id).value().state.workflow.status == workflow_status::completed);
  CHECK(stored->load(other).value().state.workflow.status == workflow_status::active);
  CHECK_THROWS_AS(run.deliver_to(new_id(), elsewhere), error);
}

RUNTIME_TEST_CASE("an event whose key is an empty text is refused, and nothing is stored") {
  claim_run claim{database};
  const std::string before = claim.dump();
  const auto deliver = [&] { claim.deliver(happened("note", "")); };
  CHECK(error_of(deliver).kind() == error_kind::invalid_input);
  CHECK_THROWS_WITH(deliver(), Catch::Contains("event 'note' has an empty key"));
  CHECK(error_of([&] { claim.run.deliver_to(claim.id, happened("note", "")); }).kind() ==
        error_kind::invalid_input);
  CHECK(claim.dump() == before);
}
