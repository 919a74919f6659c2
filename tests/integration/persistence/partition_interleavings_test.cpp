// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/text.hpp>
#include <set>

#include "persistence/postgresql/partitions/partition_upkeep.hpp"
#include "support/backends.hpp"
#include "support/interleaved_stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// The partition of workflow 1 has ended, and the workflow finished.
const timestamp long_after = schema::parse_timestamp("2031-03-01T00:00:00Z").value();

// Drops the partition of workflow 1.
interleaved_call drop_of_a_partition(const tombstone_policy& tombstones = {}) {
  const partition_options options{.ahead = 0,
                                  .drop_older_than = 0h,
                                  .tombstones = tombstones,
                                  .lock_wait = 60s,
                                  .vacuum_wait = 60s,
                                  .now = long_after};
  return {.name = "drop of a partition",
          .call = {},
          .upkeep = [options](const database_url& url, const connection_wrap& wrap) -> call_answer {
            const auto report = postgresql::maintain_partitions(url, options, wrap);
            if (!report.dropped.empty())
              return std::to_string(report.dropped.front().what.workflows);
            return report.kept.empty() ? "nothing is old enough" : report.kept.front().reason;
          }};
}

// One partition is left that is old enough, and it is there for each play.
void make_first_partition(raw_session& raw) {
  for (const std::string first : {"2", "3"})
    for (const auto& row :
         raw.run("SELECT inhparent::regclass, inhrelid::regclass FROM pg_inherits JOIN pg_class ON "
                 "oid = inhrelid WHERE relnamespace = current_schema()::regnamespace AND relkind = "
                 "'r' AND relname LIKE '%\\_from\\_" +
                 first + "' ORDER BY inhparent DESC")) {
      raw.run("ALTER TABLE " + row[0] + " DETACH PARTITION " + row[1]);
      raw.run("DROP TABLE " + row[1]);
    }
  if (raw.value("SELECT to_regclass('workflow_from_1')") == "NULL") make_partition(raw, 1, 2);
}

}  // namespace

BACKEND_TEST_CASE(
    "persistence: a drop of a partition and a call of the store end as one after the other, in any "
    "order of their steps",
    "[persistence]", partitioned_kept) {
  if (!needs_superuser()) return;
  (void)maintain_partitions(database.url(), {.ahead = 0, .now = long_after});
  interleaved_stores stage{database, make_first_partition};
  const auto drop = drop_of_a_partition();
  const auto all = interleaved_calls();
  const auto ends = stage.in_turn(drop, named(all, "load"));
  CHECK(ends.rbegin()->starts_with("1 | gone | "));
  // They have a row of the agenda, and then want one of its task, where the drop has the table of
  // tasks and wants the row. In service the call gives way: a store waits 20 ms for a lock.
  const std::set<std::string_view> deadlocks{"claim",  "renew",       "renew late",
                                             "settle", "settle late", "postpone"};
  for (const auto& call : all) {
    const int before = stage.deadlocks();
    for (const auto& strange : stage.strange_ends(drop, call, stage.in_turn(drop, call)))
      FAIL_CHECK(strange);
    CAPTURE(call.name);
    CHECK((deadlocks.contains(call.name) || stage.deadlocks() == before));
  }
  for (const auto& strange : stage.strange_ends(drop, drop, stage.in_turn(drop, drop)))
    FAIL_CHECK(strange);
  CHECK(stage.played() > 100);
}

BACKEND_TEST_CASE(
    "persistence: a workflow whose partition is dropped with a tombstone is not created again",
    "[persistence]", partitioned_kept) {
  if (!needs_superuser()) return;
  database.options().tombstones = {.keep_for = 1h, .one_per_resource = {"expense-claim"}};
  (void)maintain_partitions(database.url(), {.ahead = 0, .now = long_after});
  interleaved_stores stage{database, make_first_partition};
  const auto drop = drop_of_a_partition(database.options().tombstones);
  const auto all = interleaved_calls();
  for (const auto& create : {named(all, "create again"), create_for_the_resource()}) {
    const auto allowed = stage.in_turn(drop, create);
    for (const auto& strange : stage.strange_ends(drop, create, allowed)) FAIL_CHECK(strange);
    for (const std::string& ended : allowed)
      CHECK_THAT(ended,
                 Contains(fmt::format("| {} |", static_cast<int>(commit_result::conflict))) ||
                     Contains(std::string{to_text(error_kind::deleted)}));
  }
  for (const std::string_view name : {"erase", "purge"})
    for (const auto& strange :
         stage.strange_ends(drop, named(all, name), stage.in_turn(drop, named(all, name))))
      FAIL_CHECK(strange);
}
