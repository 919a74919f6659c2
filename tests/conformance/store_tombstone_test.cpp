// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/text.hpp>

#include "conformance/store_test_case.hpp"
#include "support/purge_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

namespace {

const tombstone_policy of_ids{.keep_for = 1h}, of_resources{1h, {"it's", "expense-claim", "claim"}};

uuid workflow(std::uint64_t number) { return id_of(id_kind::workflow, number); }

unit_of_work finished(std::uint64_t number) { return finished_unit(number, instant(0)); }

// Another workflow for the resource of the first.
unit_of_work successor(std::uint64_t number, std::uint64_t of) {
  auto unit = finished(number);
  unit.workflow.resource_id = finished(of).workflow.resource_id;
  return unit;
}

std::unique_ptr<store> with(test_database& database, const tombstone_policy& policy) {
  database.options().tombstones = policy;
  return database.open();
}

using deletion = void (*)(store&, const uuid&);

constexpr std::array<deletion, 3> deletions{
    [](store& on, const uuid& id) { REQUIRE(on.erase(id)); },
    [](store& on, const uuid& id) { REQUIRE_FALSE(on.erase_and_count(id).empty()); },
    [](store& on, const uuid&) { REQUIRE(on.purge({.finished_for = 0s}).workflows > 0); }};

error refusal(store& on, const unit_of_work& unit) {
  const std::string id = schema::to_text(unit.workflow.id);
  const error thrown = error_of([&] { (void)on.create(unit); });
  CHECK(thrown.kind() == error_kind::deleted);
  CHECK_FALSE(thrown.may_retry());
  CHECK(thrown.outcome_known());
  CHECK_FALSE(on.load(unit.workflow.id));
  return thrown;
}

std::string tombstones_in(raw_session& raw) {
  return raw.value("SELECT count(*) FROM workflow_tombstone");
}

}  // namespace

STORE_TEST_CASE("however a workflow is deleted, its tombstone refuses a late start") {
  for (const deletion erase : deletions) {
    const auto store = with(database, of_ids);
    const std::uint64_t number = 1;
    REQUIRE(store->create(finished(number)) == commit_result::applied);
    CHECK(store->create(finished(number)) == commit_result::already_applied);
    erase(*store, workflow(number));
    const std::string kept = database.dump(*store);
    const error thrown = refusal(*store, finished(number));
    CHECK_THAT(thrown.what(), StartsWith("workflow " + schema::to_text(workflow(number)) +
                                         " was deleted, and its tombstone refuses another until "));
    CHECK_THAT(thrown.what(), EndsWith("; nothing was written"));
    CHECK(database.dump(*store) == kept);
    // A late decision on it is what it always was.
    CHECK(store->commit(next_unit(finished(number))) == commit_result::conflict);
    // Others are not meant: also not one for its resource.
    CHECK(store->create(finished(7)) == commit_result::applied);
    CHECK(store->create(successor(8, number)) == commit_result::applied);
    if (database.url().in_memory()) continue;
    delete_all_rows(database);
  }
}

STORE_TEST_CASE("a tombstone of a resource refuses another workflow of its definition for it") {
  const auto store = with(database, of_resources);
  REQUIRE(store->create(finished(1)) == commit_result::applied);
  deletions[GENERATE(0, 1, 2)](*store, workflow(1));
  CHECK_THAT(refusal(*store, successor(2, 1)).what(),
             StartsWith("the workflow of this definition for this resource was deleted, and its "
                        "tombstone refuses another until "));
  (void)refusal(*store, finished(1));
  auto of_another_definition = successor(3, 1);
  of_another_definition.workflow.wfdef_key = "another";
  CHECK(store->create(of_another_definition) == commit_result::applied);
  CHECK(store->create(finished(4)) == commit_result::applied);

  if (database.url().in_memory()) return;  // another session would have a database of its own
  const auto raw = raw_of(database);
  CHECK(tombstones_in(*raw) == "2");
  const std::string& resource = finished(1).workflow.resource_id;
  for (const auto& row : raw->run("SELECT key FROM workflow_tombstone"))
    CHECK(row.front().find(resource) == std::string::npos);
}

STORE_TEST_CASE("a store looks for the tombstones that its policy names") {
  REQUIRE(with(database, of_ids)->create(finished(1)) == commit_result::applied);
  if (database.url().in_memory()) return;  // another store would have a database of its own
  REQUIRE(with(database, of_ids)->erase(workflow(1)));
  CHECK(with(database, {})->create(finished(1)) == commit_result::applied);
  REQUIRE(with(database, {})->erase(workflow(1)));
  (void)refusal(*with(database, of_resources), finished(1));
  CHECK(with(database, of_resources)->create(successor(2, 1)) == commit_result::applied);
}

STORE_TEST_CASE("what is not deleted leaves no tombstone") {
  const auto store = with(database, of_resources);
  auto held = finished(1);
  held.workflow.sys_tag = {{{"legal_hold", "audit"}}};
  REQUIRE(store->create(held) == commit_result::applied);
  CHECK_THROWS_AS(store->erase(workflow(1)), error);
  CHECK_THROWS_AS(store->erase_and_count(workflow(1)), error);
  CHECK(store->purge({.finished_for = 0s}).workflows == 0);
  CHECK_FALSE(store->erase(workflow(2)));
  CHECK(store->erase_and_count(workflow(2)).empty());
  auto dry = at(instant(1000));
  dry.dry_run = true;
  CHECK(store->purge({.finished_for = 0s}, dry).under_legal_hold == 1);
  CHECK(store->create(finished(2)) == commit_result::applied);
  if (database.url().in_memory()) return;  // another session would have a database of its own
  CHECK(tombstones_in(*raw_of(database)) == "0");
}

STORE_TEST_CASE("a tombstone that has expired refuses nothing, and goes with the next purge") {
  if (database.url().in_memory()) return;  // another session would have a database of its own
  const auto store = with(database, of_resources);
  const auto raw = raw_of(database);
  for (const std::uint64_t number : {1, 2}) {
    REQUIRE(store->create(finished(number)) == commit_result::applied);
    REQUIRE(store->erase(workflow(number)));
  }
  raw->run(
      "UPDATE workflow_tombstone SET ts_expire = '2001-01-01T00:00:00.000000Z' WHERE key = "
      "'workflow:" +
      schema::to_text(workflow(1)) + "'");
  // That of the resource still stands.
  CHECK_THAT(refusal(*store, finished(1)).what(), StartsWith("the workflow of this definition"));
  raw->run(
      "UPDATE workflow_tombstone SET ts_expire = '2001-01-01T00:00:00.000000Z' WHERE key <> "
      "'workflow:" +
      schema::to_text(workflow(2)) + "'");
  (void)refusal(*store, finished(2));
  REQUIRE(store->create(successor(3, 2)) == commit_result::applied);
  auto dry = at(instant(1000));
  dry.dry_run = true;
  (void)store->purge({.finished_for = 0s}, dry);
  CHECK(tombstones_in(*raw) == "4");
  CHECK(store->purge({.finished_for = 0s, .wfdef_key = "another"}).complete);
  CHECK(tombstones_in(*raw) == "1");
}

STORE_TEST_CASE("a deletion never lets a tombstone expire sooner") {
  if (database.url().in_memory()) return;  // another session would have a database of its own
  const auto store = with(database, of_resources);
  const auto raw = raw_of(database);
  const auto late = [&] {
    return raw->value(
        "SELECT count(*) FROM workflow_tombstone WHERE ts_expire > '2998-01-01T00:00:00.000000Z'");
  };
  REQUIRE(store->create(finished(1)) == commit_result::applied);
  REQUIRE(store->erase(workflow(1)));
  raw->run("UPDATE workflow_tombstone SET ts_expire = '2999-01-01T00:00:00.000000Z'");
  REQUIRE(with(database, {})->create(successor(2, 1)) == commit_result::applied);
  REQUIRE(store->erase(workflow(2)));
  CHECK(late() == "2");
  CHECK(tombstones_in(*raw) == "3");
  REQUIRE(with(database, {})->create(successor(3, 1)) == commit_result::applied);
  REQUIRE(with(database, {.keep_for = purge_age_max, .one_per_resource = {"expense-claim"}})
              ->erase(workflow(3)));
  CHECK(late() == "3");
}

STORE_TEST_CASE("a purge leaves a tombstone for each workflow, and removes thousands") {
  if (database.url().in_memory()) return;  // another session would have a database of its own
  const auto store = with(database, of_resources);
  const auto raw = raw_of(database);
  constexpr int many = 1'300;
  insert_finished(*raw, database.url().backend() == backend::sqlite, many);
  CHECK(store->purge({.finished_for = 0s}).workflows == many);
  CHECK(tombstones_in(*raw) == std::to_string(2 * many));
  raw->run("UPDATE workflow_tombstone SET ts_expire = '2001-01-01T00:00:00.000000Z'");
  CHECK(store->purge({.finished_for = 0s}).complete);
  CHECK(tombstones_in(*raw) == "0");
}

STORE_TEST_CASE("a policy of tombstones out of its range is refused") {
  for (const auto keep_for : {std::chrono::seconds{-1}, purge_age_max + 1s}) {
    const error thrown = error_of([&] { (void)with(database, {.keep_for = keep_for}); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK(thrown.what() ==
          std::string{"tombstones are kept for up to a thousand years; give such a time"});
  }
  CHECK(error_of([&] { (void)with(database, {.one_per_resource = {"loan"}}); }).what() ==
        std::string{"tombstones of resources need a time for which they are kept; give keep_for"});
  CHECK(error_of([&] {
          (void)with(database, {1h, {std::string("a\0b", 3)}});
        }).kind() == error_kind::invalid_input);
}
