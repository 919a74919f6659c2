// SPDX-License-Identifier: Apache-2.0
#include "support/claims.hpp"

using namespace nava;
using namespace nava::test;
using schema::workflow_status;

RUNTIME_TEST_CASE("a paused workflow resumes to what it was and leaves its causes") {
  claim_run claim{database};
  CHECK(claim.run.pause(claim.id, {.reason = "holiday"}).result == nava::delivery::applied);
  CHECK(claim.status() == workflow_status::paused);
  check_nothing_stored<refused>(claim, [&] { claim.deliver(yes()); });
  check_nothing_stored<action_refused>(claim, [&] { claim.run.pause(claim.id); });
  CHECK(claim.run.resume(claim.id).result == nava::delivery::applied);
  CHECK(claim.status() == workflow_status::active);
  CHECK(claim.deliver(yes()) == delivery::applied);
  CHECK(names_of(claim.history()) ==
        std::vector<std::string>{"nava.start", "nava.pause", "nava.resume", "answer"});
  CHECK(claim.history().events[1].event_data == json::object{{"reason", "holiday"}});
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a workflow is degraded by a failed step and active when it recovers") {
  claim_run claim{database};
  CHECK(claim.deliver(happened("fail")) == delivery::applied);
  CHECK(claim.status() == workflow_status::degraded);
  CHECK(claim.deliver(happened("recover")) == delivery::applied);
  CHECK(claim.status() == workflow_status::active);
  claim.deliver(yes());
  CHECK(claim.state().workflow.progress == 0.5);
  claim.deliver(happened("paid"));
  CHECK(claim.status() == workflow_status::completed);
  CHECK(claim.state().workflow.progress == 1.0);
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a degraded workflow is aborted with its open steps and tasks") {
  claim_run claim{database};
  check_nothing_stored<action_refused>(claim, [&] { claim.run.abort(claim.id); });
  claim.deliver(happened("fail"));
  CHECK(claim.run.abort(claim.id, {.reason = "given up"}).result == nava::delivery::applied);
  const auto state = claim.state();
  CHECK(state.workflow.status == workflow_status::failed);
  CHECK(state.workflow.ts_finish.has_value());
  CHECK(step_of(state, "approval").status == schema::step_status::error);
  CHECK(step_of(state, "payment").status == schema::step_status::cancelled);
  CHECK(state.tasks.empty());
  CHECK(claim.history().tasks.front().status == schema::task_status::cancelled);
  CHECK(claim.history().events.back().event_name == "nava.abort");
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a cancelled workflow is finished for good") {
  claim_run claim{database};
  claim.run.pause(claim.id);
  CHECK(claim.run.cancel(claim.id, {.reason = "void"}).result == nava::delivery::applied);
  CHECK(claim.status() == workflow_status::cancelled);
  CHECK(claim.history().events.back().event_name == "nava.cancel");
  CHECK(claim.history().tasks.front().status == schema::task_status::cancelled);
  check_nothing_stored<action_refused>(claim, [&] { claim.run.cancel(claim.id); });
  check_nothing_stored<action_refused>(claim, [&] { claim.run.resume(claim.id); });
  CHECK(broken_promises(*claim.stored, claim.id).empty());
}

RUNTIME_TEST_CASE("a legal hold keeps a workflow that has finished, and its key is used once") {
  claim_run claim{database};
  claim.run.cancel(claim.id);
  const command_options once{.reason = "lawsuit", .actor = "counsel", .key = "hold-1"};
  CHECK(claim.run.place_legal_hold(claim.id, "case 7", once).result == delivery::applied);
  CHECK(claim.run.place_legal_hold(claim.id, "case 7", once).result == delivery::already_applied);
  CHECK(legal_holds_of(claim.state().workflow) == std::vector<std::string>{"case 7"});
  const auto event = claim.history().events.back();
  CHECK(event.event_name == "nava.place-legal-hold");
  CHECK(event.event_data == json::object{{"legal_hold", "case 7"}, {"reason", "lawsuit"}});
  CHECK(event.actor == "counsel");
  CHECK(error_of([&] { claim.stored->erase(claim.id); }).kind() == error_kind::legal_hold);
  CHECK(broken_promises(*claim.stored, claim.id).empty());

  check_nothing_stored<action_refused>(claim,
                                       [&] { claim.run.release_legal_hold(claim.id, "case 8"); });
  CHECK(claim.run.release_legal_hold(claim.id, "case 7").result == delivery::applied);
  CHECK(claim.status() == workflow_status::cancelled);
  CHECK(claim.stored->erase(claim.id));
}

RUNTIME_TEST_CASE("a command on a workflow that is not there is an error") {
  claim_run claim{database};
  const auto thrown = error_of([&] { claim.run.cancel(new_id()); });
  CHECK(thrown.kind() == error_kind::not_found);
}

RUNTIME_TEST_CASE("a task that is called off is stored as cancelled") {
  claim_run claim{database};
  REQUIRE(claim.state().tasks.size() == 1);
  claim.deliver(happened("call-off"));
  CHECK(claim.state().tasks.empty());
  REQUIRE(claim.history().tasks.size() == 1);
  CHECK(claim.history().tasks.front().status == schema::task_status::cancelled);
  CHECK(claim.history().tasks.front().ts_end.has_value());
}
