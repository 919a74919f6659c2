// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <future>
#include <latch>

#include "integration/persistence/old_partitions.hpp"
#include "persistence/sql_store.hpp"
#include "support/held_commits.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// Commits the next decision of `count` workflows in one statement, and of two more that are on
/// their way before, since a store has two at once. `number` is that of the first.
void commit_joined(const postgresql_schema& database, store& store, std::uint64_t number,
                   std::uint64_t count) {
  constexpr std::uint64_t on_their_way = 2;
  std::deque<unit_of_work> units;
  std::vector<std::future<commit_result>> commits;
  const auto begin = [&] {
    const auto id = id_on("2020-03-11", static_cast<std::uint8_t>(number));
    units.push_back(moved_to(next_unit(first_unit(number++)), id));
    commits.push_back(std::async(std::launch::async,
                                 [&store, unit = &units.back()] { return store.commit(*unit); }));
  };
  held_commits held{database};
  for (std::uint64_t i = 0; i < on_their_way; ++i)
    held.hold(id_on("2020-03-11", static_cast<std::uint8_t>(number + i)));
  for (std::uint64_t i = 0; i < on_their_way; ++i) begin();
  REQUIRE(eventually([&] { return held.staying() == on_their_way; }));
  for (std::uint64_t i = 0; i < count; ++i) begin();
  REQUIRE(eventually([&] { return dynamic_cast<sql_store&>(store).commits_waiting() == count; }));
  held.let_all_go();
  for (auto& each : commits) CHECK(each.get() == commit_result::applied);
}

}  // namespace

TEST_CASE("partitions: commits that are joined find each workflow by the key of its partition") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto raw = database.raw();
  constexpr std::uint64_t committed = 40;
  constexpr std::int64_t others = 2'000;
  {
    const auto store = database.open();
    for (std::uint64_t number = 1; number <= committed; ++number)
      (void)add(*store, "2020-03-11", number);
  }
  raw->run(fmt::format(
      "INSERT INTO workflow SELECT (jsonb_populate_record(w, jsonb_build_object('_id', "
      "overlay(_id::text placing lpad(to_hex(n), 4, '0') from 25 for 4), 'resource_id', 'other-' "
      "|| n))).* FROM workflow AS w, generate_series(1, {}) AS n WHERE w._id = '{}'",
      others, schema::to_text(id_on("2020-03-11", 1))));
  raw->run("VACUUM ANALYZE workflow_p20200301");
  const auto read = [&](const std::string& what) {
    return std::stoll(raw->value(fmt::format(
        "SELECT {} FROM pg_stat_all_tables AS t JOIN pg_stat_all_indexes AS x USING (relid) JOIN "
        "pg_index AS i USING (indexrelid) WHERE t.relid = 'workflow_p20200301'::regclass AND "
        "i.indisprimary",
        what)));
  };
  std::uint64_t next = 1;
  struct counts {
    std::int64_t scans, descents, entries;
  };
  const auto counted = [&](std::uint64_t count, const std::string& url) {
    const counts before{read("seq_scan"), read("x.idx_scan"), read("x.idx_tup_read")};
    in_sessions_of_its_own(database, url,
                           [&](store& store) { commit_joined(database, store, next, count); });
    next += count + 2;
    return counts{read("seq_scan") - before.scans, read("x.idx_scan") - before.descents,
                  read("x.idx_tup_read") - before.entries};
  };
  for (const std::uint64_t count : {1, 2, 10}) {
    const counts made = counted(count, postgresql_url());
    INFO(count);
    CHECK(made.scans == 0);
    CHECK(made.descents >= static_cast<std::int64_t>(count));
    CHECK(made.entries < others / 2);
  }
  const counts joined_otherwise =
      counted(10, with_parameter(postgresql_url(),
                                 "options=-c%20enable_seqscan%3Don%20-c%20enable_indexscan%3Doff"));
  CHECK(joined_otherwise.scans * others + joined_otherwise.entries >= others);
}

TEST_CASE("partitions: what no partition takes is stored, found by the check, and not moved") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto store = database.open();
  const auto raw = database.raw();
  const uuid id = add(*store, "2020-05-05", 1);
  CHECK(raw->value("SELECT count(*) FROM workflow_default") == "1");
  const auto report = database.maintain("2020-05-06", {});
  CHECK(report.made == std::vector{range("2020-06-01", "2020-07-01")});
  REQUIRE(report.kept.size() == 1);
  CHECK_THAT(report.kept[0].reason, Contains("default partition"));
  CHECK(store->load(id));

  CHECK(check(database).empty());
  const auto today =
      range_at({}, std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()));
  std::string suffix;
  for (const char c : schema::to_text(today.to).substr(0, 10))
    if (c != '-') suffix += c;
  raw->run("DROP TABLE workflow_task_p" + suffix);
  auto found = check(database);
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "partition-bounds");
  CHECK(found[0].object == database.schema() + ".workflow_task");
  for (const auto& table : nine)
    if (table != "workflow" && table != "workflow_task")
      raw->run(fmt::format("DROP TABLE {}_p{}", table, suffix));
  raw->run("ALTER TABLE workflow DETACH PARTITION workflow_p" + suffix);
  raw->run("DROP TABLE workflow_p" + suffix);
  found = check(database);
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "partition-ahead");
  CHECK(found[0].how_bad == inspection::severity::warning);
  CHECK_THAT(found[0].message,
             Contains("rows will go to the default partition") && Contains("run nava partitions"));
  CHECK(maintain_partitions(database.url()).made.size() == 1);
  CHECK(check(database).empty());
  raw->run("DROP TABLE workflow_memory_default");
  found = check(database);
  REQUIRE(found.size() == 1);
  CHECK(found[0].rule == "missing-partition");
  raw->run("SET search_path TO public");
  raw->run(found[0].statement);
  CHECK(check(database).empty());
}

TEST_CASE("partitions: a workflow whose id changes moves to another partition with all it owns") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto store = database.open();
  const uuid id = add(*store, "2020-03-11", 1), moved = id_on("2020-04-11", 9);
  const auto counts = [&](const uuid& of) {
    std::vector<std::int64_t> rows;
    for (const auto& count : store->count_rows(of)) rows.push_back(count.rows);
    return rows;
  };
  const auto before = counts(id);
  database.raw()->run(fmt::format("UPDATE workflow SET _id = '{}' WHERE _id = '{}'",
                                  schema::to_text(moved), schema::to_text(id)));
  CHECK(counts(moved) == before);
  CHECK_FALSE(store->load(id));
  CHECK(store->load({"claim", "claim-1"}).at(0).state.workflow.id == moved);
  CHECK(database.count("workflow_p20200301") == "0");
  CHECK(database.count("workflow_step_p20200401") == "2");
}

TEST_CASE("partitions: of many that create one workflow, or one resource, one succeeds") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto store = database.open();
  const std::string shared = GENERATE("id", "resource");
  constexpr int rivals = 8;
  for (std::uint8_t round = 1; round <= 10; ++round) {
    std::latch start{rivals};
    std::vector<std::future<commit_result>> all;
    for (std::uint8_t i = 0; i < rivals; ++i) {
      // In two partitions in turn.
      const std::string_view month = i % 2 == 0 ? "2020-03-11" : "2020-04-11";
      auto unit = shared == "id"
                      ? moved_to(first_unit(i + 1U), id_on("2020-03-11", round))
                      : moved_to(first_unit(round),
                                 id_on(month, static_cast<std::uint8_t>(round * 10 + i)));
      unit.workflow.resource_id += "-" + std::to_string(round);
      unit.transaction_id.data[0] = i;
      for (auto& event : unit.events) event.transaction_id = unit.transaction_id;
      for (auto& mutation : unit.mutations) mutation.transaction_id = unit.transaction_id;
      all.push_back(std::async(std::launch::async, [&store, &start, unit] {
        start.arrive_and_wait();
        return store->create(unit);
      }));
    }
    int applied = 0;
    for (auto& each : all) applied += each.get() == commit_result::applied;
    CHECK(applied == 1);
  }
  CHECK(database.count("workflow") == "10");
  CHECK(database.count("workflow_memory") == "10");
  CHECK(database.count("workflow_resource AS k JOIN workflow AS w ON w._id = k.workflow_id AND "
                       "w.resource_id = k.resource_id AND w.resource_name = k.resource_name AND "
                       "w.wfdef_key = k.wfdef_key") == "10");
  CHECK(database.count("workflow_resource") == "10");
}

TEST_CASE("partitions: a commit that changes the resource moves the claim on it") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto store = database.open();
  const auto first = first_unit(1), rival = first_unit(2);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->create(rival) == commit_result::applied);
  auto change = next_unit(first);
  change.workflow.resource_id = rival.workflow.resource_id;
  CHECK(error_of([&] { (void)store->commit(change); }).kind() == error_kind::unique);
  change.workflow.resource_id = "claim-renamed";
  REQUIRE(store->commit(change) == commit_result::applied);
  CHECK(store->load({"claim", "claim-1"}).empty());
  CHECK(store->load({"claim", "claim-renamed"}).size() == 1);
}

TEST_CASE("partitions: a load, a commit and a delete touch the partition of their workflow alone") {
  if (!postgresql_schema::available()) return;
  postgresql_partitioned database;
  in_sessions_of_its_own(database, postgresql_url(), [](store& store) {
    for (const std::uint64_t number : {1, 2, 3, 4, 5})
      REQUIRE(store.create(first_unit(number)) == commit_result::applied);
  });
  const auto raw = database.raw();
  const auto scans_elsewhere = [&](const auto& work) {
    const std::string counted = fmt::format(
        "SELECT sum(coalesce(seq_scan, 0) + coalesce(idx_scan, 0)) FROM pg_stat_all_tables WHERE "
        "schemaname = '{}' AND relname ~ '(_from_2|_from_3|_default|_p[0-9]+)$'",
        database.schema());
    const std::string before = raw->value(counted);
    in_sessions_of_its_own(database, postgresql_url(), work);
    return std::stoll(raw->value(counted)) - std::stoll(before);
  };
  const auto first = first_unit(1);
  const uuid id = first.workflow.id;
  // More often than it takes the server to prefer one plan for all parameters.
  constexpr int times = 8;
  CHECK(scans_elsewhere([&](store& store) { (void)store.list({}); }) > 0);
  CHECK(scans_elsewhere([&](store& store) {
          for (int i = 0; i < times; ++i) CHECK(store.load(id, "event-1"));
        }) == 0);
  CHECK(scans_elsewhere([&](store& store) {
          for (int i = 0; i < times; ++i) CHECK(store.load({"claim", "claim-1"}).size() == 1);
        }) == 0);
  CHECK(scans_elsewhere([&](store& store) {
          auto unit = first;
          for (int i = 0; i < times; ++i) {
            unit = next_unit(unit);
            CHECK(store.commit(unit) == commit_result::applied);
          }
        }) == 0);
  CHECK(scans_elsewhere([&](store& store) { CHECK(store.history(id)); }) == 0);
  CHECK(scans_elsewhere([&](store& store) {
          for (int i = 0; i < times; ++i) {
            CHECK(store.erase(id));
            CHECK(store.create(first) == commit_result::applied);
          }
        }) == 0);
}

TEST_CASE("partitions: a plan that was made while a partition was empty does not scan it later") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto raw = database.raw();
  for (const auto& table : nine) raw->run("VACUUM ANALYZE " + table);
  const auto scans = [&](const std::string& url) {
    const std::string counted = fmt::format(
        "SELECT coalesce(sum(seq_scan), 0) FROM pg_stat_all_tables WHERE schemaname = '{}' AND "
        "relname ~ '_p[0-9]+$'",
        database.schema());
    const std::string before = raw->value(counted);
    in_sessions_of_its_own(database, url, [](store& store) {
      for (const std::uint64_t number : {1, 2, 3}) {
        const uuid id = add(store, "2020-03-11", number);
        CHECK(store.load(id, "event-1"));
        CHECK(store.load({"claim", "claim-" + std::to_string(number)}).size() == 1);
        CHECK(store.commit(moved_to(next_unit(first_unit(number)), id)) == commit_result::applied);
        CHECK(store.erase(id));
      }
    });
    return std::stoll(raw->value(counted)) - std::stoll(before);
  };
  CHECK(scans(postgresql_url()) == 0);
  CHECK(scans(with_parameter(postgresql_url(), "options=-c%20enable_seqscan%3Don")) > 0);
}
