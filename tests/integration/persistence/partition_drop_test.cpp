// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>

#include "integration/persistence/old_partitions.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

std::vector<partition_range> dropped_ranges(const partition_report& report) {
  std::vector<partition_range> ranges;
  for (const auto& each : report.dropped) ranges.push_back(each.what.range);
  return ranges;
}

}  // namespace

TEST_CASE("partitions: an expired one goes with all that its workflows own, and nothing else") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto store = database.open();
  const auto raw = database.raw();
  raw->run(
      "CREATE TABLE note (workflow_id uuid NOT NULL REFERENCES workflow (_id) ON DELETE CASCADE, n "
      "int, PRIMARY KEY (workflow_id, n))");
  const uuid first = add(*store, "2020-03-11", 1), second = add(*store, "2020-03-31", 2);
  const uuid later = add(*store, "2020-04-01", 3);
  const uuid outside = add(*store, "2019-01-01", 4);
  raw->run("INSERT INTO note SELECT _id, n FROM workflow, generate_series(1, 3) AS n");
  for (const uuid& id : {first, second, outside}) finish(*raw, id, "2020-05-01");
  const auto kept_state = workflow_json(store->load(later).value().state);

  CHECK(database.maintain("2020-05-20", 30 * day).dropped.empty());
  const auto young = database.maintain("2020-05-20", 30 * day);
  REQUIRE(young.kept.size() == 1);
  CHECK(young.kept[0].what.range == range("2020-03-01", "2020-04-01"));
  CHECK(young.kept[0].reason == "2 of its 2 workflows finished too short ago");

  const auto plan = database.maintain("2020-06-02", 30 * day, true);
  REQUIRE(plan.dropped.size() == 1);
  CHECK(database.count("workflow") == "4");

  const auto report = database.maintain("2020-06-02", 30 * day);
  REQUIRE(report.dropped.size() == 1);
  CHECK(report.dropped[0].what.range == range("2020-03-01", "2020-04-01"));
  CHECK(report.dropped[0].what.workflows == 2);
  REQUIRE(report.kept.size() == 1);
  CHECK(report.kept[0].reason == "1 of its 1 workflows is not finished");

  for (const uuid& id : {first, second}) {
    CHECK_FALSE(store->load(id));
    for (const auto& count : store->count_rows(id)) CHECK(count.rows == 0);
  }
  CHECK(store->load({"claim", "claim-1"}).empty());
  CHECK(store->load({"claim", "claim-3"}).size() == 1);
  CHECK(workflow_json(store->load(later).value().state) == kept_state);
  CHECK(store->load(outside));
  CHECK(database.count("workflow_resource") == "2");
  CHECK(database.count("note") == "6");
  // The resource is free, and an id of that time finds its place in the default partition.
  (void)add(*store, "2020-03-11", 1);
  for (const auto& table : nine)
    CHECK(raw->value(fmt::format("SELECT count(*) FROM pg_inherits WHERE inhparent = "
                                 "'{}'::regclass",
                                 table)) == "9");
}

TEST_CASE("partitions: one with a workflow under a legal hold is kept") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto store = database.open();
  const auto raw = database.raw();
  for (const uuid& id : {add(*store, "2020-03-11", 1), add(*store, "2020-03-12", 2)})
    finish(*raw, id, "2020-04-01");
  raw->run(
      "UPDATE workflow SET sys_tag = '[{\"legal_hold\": \"audit\"}]' WHERE resource_id = "
      "'claim-2'");
  const auto march = range("2020-03-01", "2020-04-01");
  const auto held = database.maintain("2020-06-02", 30 * day);
  CHECK_THAT(dropped_ranges(held), !Catch::VectorContains(march));
  REQUIRE(held.kept.size() == 1);
  CHECK(held.kept[0].what.range == march);
  CHECK(held.kept[0].reason ==
        "1 of its 2 workflows is under a legal hold; nava list --legal-hold shows them");
  raw->run("UPDATE workflow SET sys_tag = '[]'");
  CHECK(dropped_ranges(database.maintain("2020-06-02", 30 * day)) == std::vector{march});
}

TEST_CASE("partitions: a drop does not read what other partitions hold") {
  if (!postgresql_schema::available()) return;
  const expired_database database;
  constexpr std::int64_t workflows = 300, stages = 40, many = workflows * stages;
  const std::string where = GENERATE("later", "earlier", "later, dead", "beside");
  INFO(where);
  const bool is_beside = where == "beside", is_dead = where == "later, dead";
  const bool is_earlier = is_beside || where == "earlier";
  const std::string stays = is_earlier ? "p20200301" : "p20200401";
  const auto raw = database.raw();
  raw->run("UPDATE workflow_" + stays + " SET status = 'ACTIVE', ts_finish = NULL");
  const std::string table = is_beside ? "note" : "workflow_stage_" + stays;
  // With one workflow in what is dropped, dead rows elsewhere are many.
  raw->run(fmt::format(
      "INSERT INTO workflow SELECT (jsonb_populate_record(w, jsonb_build_object('_id', "
      "overlay(_id::text placing lpad(to_hex(n), 4, '0') from 25 for 4)))).* FROM {} AS w, "
      "generate_series(1, {}) AS n",
      is_dead ? "workflow_" + stays : "workflow", workflows));
  // An application has many rows of few earlier workflows.
  if (is_beside) {
    constexpr std::int64_t few = 30;
    raw->run(
        fmt::format("DELETE FROM workflow_{0} WHERE _id NOT IN (SELECT _id FROM workflow_{0} "
                    "ORDER BY _id LIMIT {1}); CREATE TABLE note (workflow_id uuid REFERENCES "
                    "workflow ON DELETE CASCADE, k bigint, PRIMARY KEY (workflow_id, k)); "
                    "INSERT INTO note SELECT _id, n FROM workflow_{0}, generate_series(1, {2}) "
                    "AS n",
                    stays, few, many / few));
    raw->run("VACUUM ANALYZE note");
  }
  raw->run(fmt::format(
      "INSERT INTO workflow_stage (workflow_id, key, stage_name, \"order\", status) SELECT _id, "
      "'more-' || n, '', n, 'ACTIVE' FROM workflow_{}, generate_series(1, {}) AS n",
      stays, stages));
  for (const auto& each : nine) raw->run("VACUUM ANALYZE " + each);
  if (is_dead) database.raw()->run("DELETE FROM workflow_stage_" + stays);
  const auto counted = [&](const std::string& sql) {
    return std::stoll(
        raw->value(fmt::format("SELECT {} FROM pg_stat_all_tables AS t WHERE t.relid "
                               "= '{}'::regclass",
                               sql, table)));
  };
  if (is_dead) REQUIRE(eventually([&] { return counted("n_dead_tup") >= many; }));
  const auto read_by = [&](const auto& work) {
    const std::string read =
        "seq_tup_read + (SELECT sum(idx_tup_read) FROM pg_stat_all_indexes AS i WHERE i.relid = "
        "t.relid)";
    const std::int64_t before = counted(read);
    in_sessions_of_its_own(database, postgresql_url(), work);
    return counted(read) - before;
  };
  CHECK(
      read_by([&](store&) {
        const auto report = maintain_partitions(
            database_url{with_parameter(postgresql_url(), "application_name=" + database.schema()),
                         database.schema()},
            {.ahead = 0, .drop_older_than = 30 * day, .now = at("2021-01-01")});
        CHECK(dropped_ranges(report) == std::vector{is_earlier
                                                        ? range("2020-04-01", "2020-05-01")
                                                        : range("2020-03-01", "2020-04-01")});
        CHECK(report.kept.size() == 1);
      }) < many / 10);
  if (!is_dead)
    CHECK(read_by([&](store&) {
            const auto reader = database.raw();
            reader->run("SET application_name = '" + database.schema() + "'");
            reader->run("SELECT count(*) FROM " + table);
          }) >= many);
}

TEST_CASE("partitions: a workflow that is committed to meanwhile is not dropped") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const uuid id = add(*database.open(), "2020-03-11", 1);
  const auto raw = database.raw();
  finish(*raw, id, "2020-03-12");
  const auto other = database.raw();
  const std::string how = GENERATE("commit", "insert");
  other->run("BEGIN");
  if (how == "commit")
    other->run("UPDATE workflow SET status = 'ACTIVE', revision = revision + 1");
  else
    other->run(
        "INSERT INTO workflow SELECT (jsonb_populate_record(w, jsonb_build_object('_id', "
        "overlay(_id::text placing 'ff' from 35), 'status', 'NEW'))).* FROM workflow AS w");
  auto upkeep = std::async(std::launch::async, [&] {
    return maintain_partitions(
        database.url(),
        {.ahead = 0, .drop_older_than = 30 * day, .lock_wait = 20s, .now = at("2020-05-20")});
  });
  // It has seen a finished workflow by then, since it makes a partition and counts before that.
  REQUIRE(eventually([&] { return waiting_for(*raw, database, "workflow") != "0"; }));
  other->run("COMMIT");
  const auto report = upkeep.get();
  CHECK(report.dropped.empty());
  REQUIRE(report.kept.size() == 1);
  CHECK_THAT(report.kept[0].reason, Contains("not finished"));
  CHECK(database.open()->load(id));
}

TEST_CASE("partitions: where the connection ends at COMMIT, nobody is told what became of a drop") {
  if (!postgresql_schema::available()) return;
  old_database database;
  const auto raw = database.raw();
  const uuid id = add(*database.open(), "2020-03-10", 1);
  finish(*raw, id, "2020-03-11");
  raw->run(
      "CREATE TABLE note (workflow_id uuid PRIMARY KEY REFERENCES workflow ON DELETE CASCADE)");
  raw->run("INSERT INTO note VALUES ('" + schema::to_text(id) + "')");
  // Fires at COMMIT.
  raw->run(
      "CREATE FUNCTION leave() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM "
      "pg_terminate_backend(pg_backend_pid()); RETURN NULL; END'");
  raw->run(
      "CREATE CONSTRAINT TRIGGER leave AFTER DELETE ON note DEFERRABLE INITIALLY DEFERRED FOR "
      "EACH ROW EXECUTE FUNCTION leave()");
  const error thrown = error_of([&] { database.maintain("2021-03-10", 30 * day); });
  CHECK(thrown.kind() == error_kind::outcome_unknown);
  CHECK_THAT(thrown.what(), Contains("whether partitions were made or dropped is not known; run it "
                                     "again: it does what is left"));
  raw->run("DROP TRIGGER leave ON note");
  (void)database.maintain("2021-03-10", 30 * day);
  CHECK(database.count("note") == "0");
  CHECK(database.count("workflow") == "0");
}

TEST_CASE("partitions: several processes drop each one once") {
  if (!postgresql_schema::available()) return;
  const expired_database database;
  const auto holder = database.raw(), raw = database.raw();
  holder->run("BEGIN");
  holder->run("LOCK TABLE workflow_default IN SHARE UPDATE EXCLUSIVE MODE");
  constexpr int processes = 3;
  std::vector<std::future<partition_report>> all;
  for (int i = 0; i < processes; ++i)
    all.push_back(std::async(std::launch::async, [&] { return drop_expired(database); }));
  // All have counted the first partition by then.
  REQUIRE(eventually([&] {
    return waiting_for(*raw, database, "workflow_default") == std::to_string(processes);
  }));
  holder->run("COMMIT");
  std::vector<partition_range> dropped;
  for (auto& each : all) {
    const auto report = each.get();
    CHECK(report.kept.empty());
    for (const auto& one : dropped_ranges(report)) dropped.push_back(one);
  }
  std::sort(dropped.begin(), dropped.end(),
            [](const auto& a, const auto& b) { return a.from < b.from; });
  CHECK(dropped ==
        std::vector{range("2020-03-01", "2020-04-01"), range("2020-04-01", "2020-05-01")});
  CHECK(database.count("workflow") == "0");
}

TEST_CASE("partitions: one whose locks others hold is kept, and the next ones are dropped") {
  if (!postgresql_schema::available()) return;
  const expired_database database;
  const auto reader = database.raw();
  reader->run("BEGIN");
  reader->run("SELECT count(*) FROM workflow_task_p20200301");
  const auto report = drop_expired(database, 20ms);
  CHECK(dropped_ranges(report) == std::vector{range("2020-04-01", "2020-05-01")});
  REQUIRE(report.kept.size() == 1);
  CHECK(report.kept[0].what.range == range("2020-03-01", "2020-04-01"));
  CHECK(report.kept[0].what.workflows == 1);
  CHECK(report.kept[0].reason == "others hold its locks");
  reader->run("COMMIT");
  CHECK(drop_expired(database).dropped.size() == 1);
}

TEST_CASE("partitions: all are kept while a key of another table leads to a child of workflow") {
  if (!postgresql_schema::available()) return;
  const expired_database database;
  const auto raw = database.raw();
  raw->run(
      "CREATE TABLE remark (workflow_id uuid PRIMARY KEY CONSTRAINT fk_remark REFERENCES "
      "workflow_memory (workflow_id) ON DELETE CASCADE)");
  const std::string before = database.dump();
  const auto report = drop_expired(database);
  CHECK(report.dropped.empty());
  REQUIRE(report.kept.size() == 2);
  CHECK_THAT(report.kept[0].reason, Contains("fk_remark") && Contains(".remark refers to "
                                                                      "workflow_memory"));
  CHECK(database.dump() == before);
  raw->run("DROP TABLE remark");
  CHECK(drop_expired(database).dropped.size() == 2);
}

TEST_CASE("partitions: one that rows of another table refer to for good is kept") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto raw = database.raw();
  const uuid id = add(*database.open(), "2020-03-11", 1);
  finish(*raw, id, "2020-03-12");
  raw->run("CREATE TABLE bill (workflow_id uuid PRIMARY KEY REFERENCES workflow (_id))");
  raw->run("INSERT INTO bill SELECT _id FROM workflow");
  const std::string before = database.dump();
  const auto report = database.maintain("2020-05-20", 30 * day);
  CHECK(report.dropped.empty());
  REQUIRE(report.kept.size() == 1);
  CHECK_THAT(report.kept[0].reason, Contains("something else refers to it"));
  CHECK(database.dump() == before);
  raw->run("DELETE FROM bill");
  CHECK(database.maintain("2020-05-20", 30 * day).dropped.size() == 1);
}
