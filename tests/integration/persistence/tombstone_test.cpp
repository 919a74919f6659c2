// SPDX-License-Identifier: Apache-2.0
#include "integration/persistence/old_partitions.hpp"
#include "support/backends.hpp"
#include "support/interleaved_stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

const tombstone_policy of_ids{.keep_for = 1h};

constexpr std::array deletions{"erase", "erase and count", "purge"};

}  // namespace

// The insert waits for the deletion, and finds no workflow in its way when it goes on.
BACKEND_TEST_CASE(
    "persistence: a workflow whose deletion leaves a tombstone is not created again, in any order "
    "of steps",
    "[persistence]", postgresql_kept, partitioned_kept) {
  if (!needs_superuser()) return;
  database.options().tombstones = {.keep_for = 1h, .one_per_resource = {"expense-claim"}};
  const auto all = interleaved_calls();
  interleaved_stores stage{database};
  for (const auto& create : {named(all, "create again"), create_for_the_resource()})
    for (const std::string_view name : deletions) {
      const auto& deletion = named(all, name);
      const auto allowed = stage.in_turn(create, deletion);
      for (const std::string& ended : allowed)
        CHECK_THAT(ended,
                   Contains(fmt::format("{} | ", static_cast<int>(commit_result::conflict))) ||
                       Contains(std::string{to_text(error_kind::deleted)}));
      for (const auto& strange : stage.strange_ends(create, deletion, allowed)) FAIL_CHECK(strange);
    }
  for (const auto& [one, other] :
       {std::pair{"erase", "erase"}, {"erase", "purge"}, {"purge", "purge"}})
    for (const auto& strange : stage.strange_ends(
             named(all, one), named(all, other), stage.in_turn(named(all, one), named(all, other))))
      FAIL_CHECK(strange);
  CHECK(stage.deadlocks() == 0);
}

// So that the orders are believed: one call after the other is right here.
BACKEND_TEST_CASE("persistence: a look for a tombstone by the statement that creates misses one",
                  "[persistence]", postgresql_kept) {
  if (!needs_superuser()) return;
  database.options().tombstones = of_ids;
  const auto all = interleaved_calls();
  const auto &create = named(all, "create again"), &erase = named(all, "erase");
  interleaved_stores stage{database};
  const std::string inserts = "\n  ON CONFLICT DO NOTHING\n  RETURNING _id";
  stage.rewrite(inserts, fmt::format(" WHERE NOT EXISTS (SELECT FROM {}.workflow_tombstone AS t "
                                     "WHERE t.key = 'workflow:' || r._id){}",
                                     database.url().schema(), inserts));
  stage.rewrite("AND t.ts_expire > coalesce", "AND false AND t.ts_expire > coalesce");
  const auto allowed = stage.in_turn(create, erase);
  for (const std::string& ended : allowed)
    CHECK_THAT(ended, Contains(fmt::format("{} | ", static_cast<int>(commit_result::conflict))));
  CHECK_FALSE(stage.strange_ends(create, erase, allowed).empty());
  CHECK(stage.was_rewritten());
}

TEST_CASE("persistence: what goes with a partition leaves tombstones") {
  if (!postgresql_schema::available()) return;
  old_database database;
  database.options().tombstones = {.keep_for = 1h, .one_per_resource = {"expense-claim"}};
  const auto store = database.open();
  const auto raw = database.raw();
  const uuid first = add(*store, "2020-03-11", 1), later = add(*store, "2020-04-01", 3);
  finish(*raw, first, "2020-03-20");
  const auto maintain = [&](bool dry_run) {
    return maintain_partitions(database.url(), {.ahead = 1,
                                                .drop_older_than = 30 * day,
                                                .dry_run = dry_run,
                                                .tombstones = database.options().tombstones,
                                                .now = at("2020-06-02")});
  };
  REQUIRE(maintain(true).dropped.size() == 1);
  CHECK(database.count("workflow_tombstone") == "0");
  REQUIRE(maintain(false).dropped.size() == 1);
  CHECK(raw->value("SELECT string_agg(key, ' ' ORDER BY key DESC) FROM workflow_tombstone WHERE "
                   "key LIKE 'workflow:%'") == "workflow:" + schema::to_text(first));
  CHECK(database.count("workflow_tombstone") == "2");
  CHECK(store->load(later));
  // Another id, and the same resource.
  const auto successor = moved_to(first_unit(1), least_id_at(at("2020-03-12")));
  CHECK(error_of([&] { (void)store->create(successor); }).kind() == error_kind::deleted);
  CHECK_FALSE(store->load(first));
  CHECK(store->load({"claim", "claim-1"}).empty());

  // What was made is told, though tombstones cannot be removed.
  raw->run("ALTER TABLE workflow_tombstone RENAME TO elsewhere");
  CHECK_FALSE(
      maintain_partitions(database.url(), {.ahead = 2, .now = at("2020-06-02")}).made.empty());
  raw->run("ALTER TABLE elsewhere RENAME TO workflow_tombstone");

  partition_options options{.tombstones = {.keep_for = -1s}};
  CHECK(error_of([&] { (void)maintain_partitions(database.url(), options); }).kind() ==
        error_kind::invalid_input);
}
