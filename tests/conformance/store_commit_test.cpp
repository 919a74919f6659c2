// SPDX-License-Identifier: Apache-2.0
#include "conformance/store_test_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

void check_equals(store& stored, const uuid& id, const expected_workflow& expected) {
  const auto loaded = stored.load(id);
  REQUIRE(loaded);
  CHECK(workflow_json(loaded->state) == workflow_json(expected.state()));
  const auto history = stored.history(id);
  REQUIRE(history);
  CHECK(history_json(*history) == history_json(expected.history()));
}

// A decision that differs from the usual one in id, transaction and event key only.
unit_of_work rival_of(unit_of_work unit) {
  unit.transaction_id = id_of(id_kind::transaction, 777);
  for (auto& mutation : unit.mutations) mutation.transaction_id = unit.transaction_id;
  for (auto& event : unit.events) {
    event.transaction_id = unit.transaction_id;
    event.event_key = "rival";
  }
  return unit;
}

}  // namespace

STORE_TEST_CASE("a workflow that was created is loaded with all its rows") {
  const auto store = database.open();
  const auto unit = first_unit(1);
  CHECK(store->create(unit) == commit_result::applied);
  check_equals(*store, unit.workflow.id, expected_workflow{}.apply(unit));
}

STORE_TEST_CASE("a commit moves the revision and changes rows of every table of children") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto second = next_unit(first);
  const auto third = next_unit(second);
  REQUIRE(store->create(first) == commit_result::applied);
  CHECK(store->commit(second) == commit_result::applied);
  check_equals(*store, first.workflow.id, expected_workflow{}.apply(first).apply(second));
  CHECK(store->commit(third) == commit_result::applied);
  check_equals(*store, first.workflow.id,
               expected_workflow{}.apply(first).apply(second).apply(third));
  CHECK(store->load(first.workflow.id).value().state.workflow.revision == 3);
}

STORE_TEST_CASE("a commit leaves other workflows alone") {
  const auto store = database.open();
  const auto touched = first_unit(1);
  const auto other = first_unit(2);
  REQUIRE(store->create(touched) == commit_result::applied);
  REQUIRE(store->create(other) == commit_result::applied);
  REQUIRE(store->commit(next_unit(touched)) == commit_result::applied);
  check_equals(*store, other.workflow.id, expected_workflow{}.apply(other));
}

STORE_TEST_CASE("a commit against a stale revision is a conflict and writes nothing") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto second = next_unit(first);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->commit(second) == commit_result::applied);
  const std::string before = database.dump(*store);
  CHECK(store->commit(rival_of(second)) == commit_result::conflict);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a commit against a revision not reached yet is a conflict and writes nothing") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  CHECK(store->commit(next_unit(next_unit(first))) == commit_result::conflict);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a commit on a workflow that is not there is a conflict and writes nothing") {
  const auto store = database.open();
  const std::string before = database.dump(*store);
  CHECK(store->commit(next_unit(first_unit(1))) == commit_result::conflict);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("the same unit again is already applied and writes nothing") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto second = next_unit(first);
  REQUIRE(store->create(first) == commit_result::applied);
  std::string before = database.dump(*store);
  CHECK(store->create(first) == commit_result::already_applied);
  CHECK(database.dump(*store) == before);

  REQUIRE(store->commit(second) == commit_result::applied);
  before = database.dump(*store);
  CHECK(store->commit(second) == commit_result::already_applied);
  CHECK(store->create(first) == commit_result::already_applied);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a unit is still known as applied after later ones") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto second = next_unit(first);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->commit(second) == commit_result::applied);
  REQUIRE(store->commit(next_unit(second)) == commit_result::applied);
  CHECK(store->commit(second) == commit_result::already_applied);
}

STORE_TEST_CASE("creating a workflow whose id is taken is a conflict and writes nothing") {
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto rival = rival_of(first_unit(1));
  rival.workflow.resource_id = "another claim";
  CHECK(store->create(rival) == commit_result::conflict);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("creating a workflow whose resource is taken is a conflict and writes nothing") {
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto rival = first_unit(2);
  rival.workflow.resource_id = first_unit(1).workflow.resource_id;
  CHECK(store->create(rival) == commit_result::conflict);
  CHECK(database.dump(*store) == before);

  rival.workflow.wfdef_key = "another definition";
  CHECK(store->create(rival) == commit_result::applied);
}

STORE_TEST_CASE("create takes a unit that creates, commit one that moves on") {
  const auto store = database.open();
  const auto first = first_unit(1);
  CHECK(error_of([&] { (void)store->commit(first); }).kind() == error_kind::invalid_input);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  CHECK(error_of([&] { (void)store->create(next_unit(first)); }).kind() ==
        error_kind::invalid_input);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a decision whose event has been applied is a conflict, nothing is written") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto repeated = next_unit(first);
  repeated.events.front().event_key = first.events.front().event_key;
  CHECK(store->commit(repeated) == commit_result::conflict);
  CHECK(database.dump(*store) == before);
  CHECK(store->load(first.workflow.id, "event-1").value().event_applied);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

STORE_TEST_CASE("an event key used twice in a unit is an error that names the constraint") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto repeated = next_unit(first);
  repeated.events.push_back(repeated.events.front());
  repeated.events.back().seq = ++repeated.workflow.last_seq;
  const error thrown = error_of([&] { (void)store->commit(repeated); });
  CHECK(thrown.kind() == error_kind::unique);
  CHECK(thrown.constraint() == "uq_workflow_event_key");
  CHECK(std::string{thrown.what()}.find("event-2") == std::string::npos);
  CHECK(database.dump(*store) == before);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

STORE_TEST_CASE("a selector used twice is an error that names the constraint") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto repeated = next_unit(first);
  repeated.steps.inserted.front().selector = first.steps.inserted.front().selector;
  const error thrown = error_of([&] { (void)store->commit(repeated); });
  CHECK(thrown.kind() == error_kind::unique);
  CHECK(thrown.constraint() == "uq_workflow_step_selector");
  CHECK(database.dump(*store) == before);
  check_usable(*store);
}

STORE_TEST_CASE("a row inserted twice is an error that names the primary key") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto repeated = next_unit(first);
  repeated.mutations.front().seq = first.mutations.front().seq;
  const error thrown = error_of([&] { (void)store->commit(repeated); });
  CHECK(thrown.kind() == error_kind::unique);
  CHECK(thrown.constraint() == "pk_workflow_mutation");
  CHECK(database.dump(*store) == before);
  check_usable(*store);
}

STORE_TEST_CASE("events without a key may be many") {
  const auto store = database.open();
  auto first = first_unit(1);
  first.events.front().event_key.reset();
  auto second = next_unit(first);
  second.events.front().event_key.reset();
  CHECK(store->create(first) == commit_result::applied);
  CHECK(store->commit(second) == commit_result::applied);
}

STORE_TEST_CASE("an update clears nullable columns") {
  const auto store = database.open();
  auto first = first_unit(1);
  first.workflow.note = "a note";
  first.workflow.paused = schema::workflow_status::active;
  first.tasks.inserted.front().lease_owner = "a worker";
  first.tasks.inserted.front().result = json::object{{"half", 1}};
  first.steps.inserted.front().src_step = first.steps.inserted.back().id;
  REQUIRE(store->create(first) == commit_result::applied);

  auto second = next_unit(first);
  second.workflow.note.reset();
  second.workflow.paused.reset();
  second.workflow.ts_start.reset();
  second.tasks.updated.front().status = schema::task_status::running;
  second.tasks.updated.front().lease_owner.reset();
  second.tasks.updated.front().result.reset();
  second.tasks.updated.front().ts_due.reset();
  second.steps.updated.front().src_step.reset();
  REQUIRE(store->commit(second) == commit_result::applied);
  check_equals(*store, first.workflow.id, expected_workflow{}.apply(first).apply(second));
}

STORE_TEST_CASE("a decision of an event and nothing else is stored") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const auto full = next_unit(first);
  unit_of_work bare;
  bare.transaction_id = full.transaction_id;
  bare.read_revision = full.read_revision;
  bare.workflow = full.workflow;
  bare.events = full.events;
  CHECK(store->commit(bare) == commit_result::applied);
  check_equals(*store, first.workflow.id, expected_workflow{}.apply(first).apply(bare));
}
