// SPDX-License-Identifier: Apache-2.0
#include "conformance/sealed_store_case.hpp"
#include "support/purge_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace nava::test::sealed;
using namespace std::chrono_literals;
using Catch::Contains;

SEALED_TEST_CASE("deletions leave keys, which are destroyed when no workflow has them") {
  const auto keys = ring_in_memory();
  const auto sealed = with_keys(database, keys);
  for (const std::uint64_t number : {1, 2})
    REQUIRE(sealed->create(finished_unit(number, instant(0))) == commit_result::applied);
  for (const std::uint64_t number : {3, 4, 5, 6})
    REQUIRE(sealed->create(first_unit(number)) == commit_result::applied);
  REQUIRE(sealed->purge({.finished_for = 0s}).workflows == 2);
  REQUIRE(sealed->erase(workflow(3)));
  REQUIRE_FALSE(sealed->erase_and_count(workflow(4)).empty());
  CHECK(destroy_orphaned_keys(database.url(), *keys).keys == 0);
  const auto counted = destroy_orphaned_keys(database.url(), *keys, {.age = 0s, .dry_run = true});
  CHECK(counted.keys == 6);
  CHECK(counted.orphaned == 4);
  CHECK(has_key(*keys, 1));
  CHECK(destroy_orphaned_keys(database.url(), *keys, {.age = 0s}).orphaned == 4);
  for (const std::uint64_t number : {1, 2, 3, 4}) CHECK_FALSE(has_key(*keys, number));
  for (const std::uint64_t number : {5, 6}) {
    CHECK(has_key(*keys, number));
    (void)sealed->load(workflow(number));
  }
}

SEALED_TEST_CASE("keys are not destroyed against the database of others") {
  const auto keys = ring_in_memory();
  const auto sealed = with_keys(database, keys);
  REQUIRE(sealed->create(first_unit(1)) == commit_result::applied);
  REQUIRE(sealed->create(first_unit(3)) == commit_result::applied);
  sqlite_file other;
  (void)other.open();
  const auto refused = [&] {
    const error thrown =
        error_of([&] { (void)destroy_orphaned_keys(other.url(), *keys, {.age = 0s}); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Contains("nothing was destroyed"));
    CHECK(has_key(*keys, 1));
  };
  refused();
  // One between them is theirs.
  REQUIRE(other.open()->create(first_unit(2)) == commit_result::applied);
  refused();
  CHECK(destroy_orphaned_keys(other.url(), *keys, {.age = 0s, .even_all = true}).destroyed == 2);
  CHECK_FALSE(has_key(*keys, 1));
}

SEALED_TEST_CASE("a copy of the database without the newest workflows destroys no key of theirs") {
  const auto keys = ring_in_memory();
  const auto sealed = with_keys(database, keys);
  for (const std::uint64_t number : {1, 2, 3})
    REQUIRE(sealed->create(first_unit(number)) == commit_result::applied);
  raw_of(database)->run("DELETE FROM workflow WHERE _id <> '" + schema::to_text(workflow(2)) + "'");
  const auto swept = destroy_orphaned_keys(database.url(), *keys, {.age = 0s});
  CHECK(swept.destroyed == 1);
  CHECK(swept.newer == 1);
  CHECK_FALSE(has_key(*keys, 1));
  CHECK(has_key(*keys, 3));
  CHECK(destroy_orphaned_keys(database.url(), *keys, {.age = 0s, .even_all = true}).orphaned == 1);
  CHECK_FALSE(has_key(*keys, 3));
}

SEALED_TEST_CASE("a start that comes again makes its key young again") {
  const auto keys = ring_in_memory();
  const auto sealed = with_keys(database, keys);
  const uuid id = workflow(1);
  (void)keys->make({&id, 1}, {});
  REQUIRE(sealed->create(first_unit(1)) == commit_result::applied);
  CHECK(keys->destroy({&id, 1}, 1h, {}) == 0);
}
