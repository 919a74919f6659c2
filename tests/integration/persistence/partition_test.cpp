// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <future>
#include <latch>
#include <nava/inspection/comparison.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "persistence/sql_store.hpp"
#include "support/eventually.hpp"
#include "support/held_commits.hpp"
#include "support/stores.hpp"

using namespace nava;
using nava::inspection::check_options;
using nava::inspection::check_schema;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

constexpr std::chrono::hours day{24};

timestamp at(std::string_view text) {
  return schema::parse_timestamp(std::string{text} + "T00:00:00.000000Z").value();
}

partition_range range(std::string_view from, std::string_view to) { return {at(from), at(to)}; }

/// A database that was made on 10 March 2020, as far as upkeep is concerned: its partitions of now
/// are far away from all workflows of the tests.
class old_database : public postgresql_schema {
 public:
  old_database() {
    options_.layout = layout::partitioned;
    migrate(url_, options_);
    maintain("2020-03-10", {});
  }

  partition_report maintain(std::string_view now, std::optional<std::chrono::hours> age,
                            bool dry_run = false, int ahead = 1) const {
    return maintain_partitions(url_, {.schema = schema(),
                                      .ahead = ahead,
                                      .drop_older_than = age,
                                      .dry_run = dry_run,
                                      .now = at(now)});
  }

  [[nodiscard]] std::string count(const std::string& table) const {
    return raw()->value("SELECT count(*) FROM " + table);
  }
};

/// The same unit for the workflow with that id.
unit_of_work moved_to(unit_of_work unit, const uuid& id) {
  unit.workflow.id = id;
  const auto move = [&](auto& rows) {
    for (auto& row : rows) row.workflow_id = id;
  };
  const auto move_changes = [&](auto& changes) {
    move(changes.inserted);
    if constexpr (requires { changes.updated; }) move(changes.updated);
    if constexpr (requires { changes.removed; }) move(changes.removed);
  };
  move_changes(unit.steps);
  move_changes(unit.stages);
  move_changes(unit.participants);
  move_changes(unit.memory);
  move_changes(unit.tasks);
  move(unit.mutations);
  move(unit.messages);
  move(unit.events);
  return unit;
}

uuid id_on(std::string_view day_text, std::uint8_t number) {
  uuid id = least_id_at(at(day_text));
  id.data[6] = 0x70;
  id.data[8] = 0x80;
  id.data[15] = number;
  return id;
}

uuid add(store& store, std::string_view day_text, std::uint64_t number) {
  const uuid id = id_on(day_text, static_cast<std::uint8_t>(number));
  REQUIRE(store.create(moved_to(first_unit(number), id)) == commit_result::applied);
  return id;
}

void finish(raw_session& raw, const uuid& id, std::string_view day_text) {
  raw.run(fmt::format("UPDATE workflow SET status = 'COMPLETED', ts_finish = '{}' WHERE _id = '{}'",
                      day_text, schema::to_text(id)));
}

const std::vector<std::string> nine = [] {
  std::vector<std::string> names;
  const schema::partitioned_schema layout{schema::workflow_database<>::description};
  for (const auto& table : layout.description().tables)
    if (!table.partition_column.empty()) names.emplace_back(table.name);
  return names;
}();

/// Runs `work` on a store whose sessions go by the name of the schema, and waits for their end,
/// when the server counts what they scanned.
template <class Work>
void in_sessions_of_its_own(const postgresql_schema& database, const std::string& url, Work work) {
  work(*open_store(database_url{with_parameter(url, "application_name=" + database.schema())},
                   {.schema = database.schema()}));
  const auto raw = database.raw();
  REQUIRE(eventually([&] {
    return raw->value("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" +
                      database.schema() + "'") == "0";
  }));
}

/// Sessions that wait for a lock on a table of that name.
std::string waiting_for(raw_session& raw, const postgresql_schema& database,
                        std::string_view table) {
  return raw.value(
      fmt::format("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = "
                  "'\"{}\".{}'::regclass",
                  database.schema(), table));
}

partition_report drop_expired(const old_database& database,
                              std::chrono::milliseconds lock_wait = 500ms) {
  return maintain_partitions(database.url(), {.schema = database.schema(),
                                              .ahead = 0,
                                              .drop_older_than = 30 * day,
                                              .lock_wait = lock_wait,
                                              .vacuum_wait = 20s,
                                              .now = at("2021-01-01")});
}

/// Finished workflows in March and April 2020, and a partition of the time at which drop_expired()
/// runs.
class expired_database : public old_database {
 public:
  expired_database() {
    const auto store = open();
    const auto session = raw();
    finish(*session, add(*store, "2020-03-11", 1), "2020-03-12");
    finish(*session, add(*store, "2020-04-11", 2), "2020-04-12");
    maintain("2021-01-01", {});
  }
};

std::vector<partition_range> dropped_ranges(const partition_report& report) {
  std::vector<partition_range> ranges;
  for (const auto& each : report.dropped) ranges.push_back(each.what.range);
  return ranges;
}

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

std::vector<inspection::finding> check(const postgresql_schema& database) {
  check_options options;
  options.schema = database.schema();
  return check_schema(database.url(), schema::workflow_database<>::description, options);
}

}  // namespace

TEST_CASE("partitions: a database is made as described, with the partitions of the coming time") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  database.options().layout = layout::partitioned;
  database.options().partition_every = parse_partition_interval("7d").value();
  CHECK(migrate(database.url(), database.options()).version_before == 0);
  for (const auto& each : check(database)) FAIL_CHECK(each.object + ": " + each.message);
  for (const auto& table : nine)
    CHECK(database.raw()->value(fmt::format(
              "SELECT count(*) FROM pg_inherits WHERE inhparent = '{}'::regclass", table)) == "5");
  const auto report = maintain_partitions(database.url(), {.schema = database.schema()});
  CHECK(report.every == database.options().partition_every);
  CHECK(report.made.empty());
  CHECK(report.kept.empty());
  CHECK(read_migrations(database.url(), database.options()).layout == layout::partitioned);
}

TEST_CASE("partitions: every partition has the storage of the plain table") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema plain;
  migrate(plain.url(), {.schema = plain.schema()});
  const old_database database;
  for (const auto& table : nine) {
    const std::string described = plain.raw()->value(
        fmt::format("SELECT coalesce(reloptions::text, '') FROM pg_class WHERE oid = "
                    "'{}'::regclass",
                    table));
    const auto found = database.raw()->run(
        fmt::format("SELECT DISTINCT coalesce(c.reloptions::text, '') FROM pg_class AS c JOIN "
                    "pg_inherits AS i ON i.inhrelid = c.oid WHERE i.inhparent = '{}'::regclass",
                    table));
    INFO(table);
    CHECK(found == sql_rows{{described}});
  }
}

TEST_CASE("partitions: a plain database is not made partitioned, and either is opened as it is") {
  if (!postgresql_schema::available()) return;
  postgresql_schema plain;
  (void)plain.open();
  const std::string before = plain.dump();
  plain.options().layout = layout::partitioned;
  for (const auto& refused : {error_of([&] { (void)plain.open(); }),
                              error_of([&] { migrate(plain.url(), plain.options()); })}) {
    CHECK(refused.kind() == error_kind::invalid_input);
    CHECK_THAT(refused.what(), Contains("has the plain layout") && Contains("another database"));
  }
  CHECK(plain.dump() == before);
  CHECK(error_of([&] { maintain_partitions(plain.url(), {.schema = plain.schema()}); }).kind() ==
        error_kind::invalid_input);

  old_database partitioned;
  partitioned.options() = {.schema = partitioned.schema()};
  check_usable(*partitioned.open());
  partitioned.options().on_older = store_options::schema_policy::expect;
  check_usable(*partitioned.open());

  const sqlite_file file;
  CHECK(error_of([&] { (void)open_store(file.url(), {.layout = layout::partitioned}); }).kind() ==
        error_kind::invalid_input);
  CHECK(error_of([&] { maintain_partitions(file.url()); }).kind() == error_kind::invalid_input);
}

TEST_CASE("partitions: several processes make them once") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  database.options().layout = layout::partitioned;
  constexpr int processes = 4;
  const auto sum_at_once = [&](auto call) {
    std::latch start{processes};
    std::vector<std::future<std::size_t>> all;
    for (int i = 0; i < processes; ++i)
      all.push_back(std::async(std::launch::async, [&] {
        start.arrive_and_wait();
        return call();
      }));
    std::size_t sum = 0;
    for (auto& each : all) sum += each.get();
    return sum;
  };
  // All but one find it made, if not at the first look then at that under the lock.
  CHECK(sum_at_once([&] {
          const auto report = migrate(database.url(), database.options());
          return report.version_before == 0 ? std::size_t{1} : std::size_t{0};
        }) == 1);
  CHECK(sum_at_once([&] {
          return maintain_partitions(database.url(), {.schema = database.schema(), .ahead = 6})
              .made.size();
        }) == 3);
  CHECK(check(database).empty());
}

TEST_CASE("partitions: upkeep makes what is missing, also where the interval has changed") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  CHECK(database.maintain("2020-03-31", {}).made.empty());
  CHECK(database.maintain("2020-05-02", {}, true).made ==
        std::vector{range("2020-05-01", "2020-06-01"), range("2020-06-01", "2020-07-01")});
  CHECK(database.maintain("2020-05-02", {}).made.size() == 2);
  CHECK(database.maintain("2020-05-02", {}).made.empty());
  database.raw()->run("COMMENT ON TABLE workflow IS 'nava: partitioned every 7d'");
  // From Monday 29 June to Monday 13 July, but for what the partition of June has.
  CHECK(database.maintain("2020-06-30", {}).made ==
        std::vector{range("2020-07-01", "2020-07-06"), range("2020-07-06", "2020-07-13")});
  database.raw()->run("COMMENT ON TABLE workflow IS 'our workflows'");
  const error lost = error_of([&] { database.maintain("2020-07-01", {}); });
  CHECK(lost.kind() == error_kind::incompatible_schema);
  CHECK_THAT(lost.what(), Contains("COMMENT ON TABLE"));
}

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
            database_url{with_parameter(postgresql_url(), "application_name=" + database.schema())},
            {.schema = database.schema(),
             .ahead = 0,
             .drop_older_than = 30 * day,
             .now = at("2021-01-01")});
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
    return maintain_partitions(database.url(), {.schema = database.schema(),
                                                .ahead = 0,
                                                .drop_older_than = 30 * day,
                                                .lock_wait = 20s,
                                                .now = at("2020-05-20")});
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

TEST_CASE("partitions: upkeep gives way to a session that keeps its locks") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto other = database.raw();
  other->run("BEGIN");
  other->run("LOCK TABLE workflow_task IN ROW EXCLUSIVE MODE");
  const error refused = error_of([&] {
    maintain_partitions(database.url(),
                        {.schema = database.schema(), .lock_wait = 1ms, .now = at("2020-09-01")});
  });
  CHECK(refused.kind() == error_kind::contention);
  other->run("COMMIT");
  CHECK(database.maintain("2020-09-01", {}).made.size() == 2);
}

TEST_CASE("partitions: upkeep waits for a vacuum without making others wait") {
  if (!postgresql_schema::available()) return;
  const expired_database database;
  const auto store = database.open();
  const uuid later = add(*store, "2020-05-11", 3);
  const auto vacuum = database.raw(), raw = database.raw();
  vacuum->run("BEGIN");
  vacuum->run("LOCK TABLE workflow_task_p20200301 IN SHARE UPDATE EXCLUSIVE MODE");
  auto upkeep = std::async(std::launch::async, [&] { return drop_expired(database, 50ms); });
  REQUIRE(
      eventually([&] { return waiting_for(*raw, database, "workflow_task_p20200301") != "0"; }));
  raw->run("SET lock_timeout = '1ms'");
  raw->run("UPDATE workflow_task SET status = status");
  CHECK(store->load(later));
  CHECK(waiting_for(*raw, database, "workflow_task_p20200301") != "0");
  vacuum->run("COMMIT");
  const auto report = upkeep.get();
  CHECK(report.dropped.size() == 2);
  CHECK(report.kept.empty());
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
  CHECK_THAT(report.kept[0].reason, Contains("fk_remark") && Contains(".remark leads to "
                                                                      "workflow_memory"));
  CHECK(database.dump() == before);
  raw->run("DROP TABLE remark");
  CHECK(drop_expired(database).dropped.size() == 2);
}

TEST_CASE("partitions: the check tells where one is not stored as described") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto raw = database.raw();
  REQUIRE(check(database).empty());
  struct change {
    std::string table, action, rule;
    inspection::severity how_bad = inspection::severity::warning;
  };
  const change all[] = {
      {"workflow_task_p20200301", "RESET (fillfactor)", "fillfactor"},
      {"workflow_step_default", "SET (autovacuum_enabled = off)", "autovacuum-off"},
      {"workflow_p20200401", "RESET (autovacuum_vacuum_scale_factor)", "storage-parameter"},
      {"workflow_event_p20200401", "SET (parallel_workers = 2)", "extra-storage-parameter",
       inspection::severity::note},
      {"workflow_memory_p20200301", "SET UNLOGGED", "unlogged", inspection::severity::error}};
  for (const auto& each : all) {
    INFO(each.rule);
    raw->run(fmt::format("ALTER TABLE {} {}", each.table, each.action));
    const auto found = check(database);
    REQUIRE(found.size() == 1);
    CHECK(found[0].rule == each.rule);
    CHECK(found[0].how_bad == each.how_bad);
    CHECK_THAT(found[0].object, Contains(database.schema() + "." + each.table));
    raw->run(found[0].statement);
    CHECK(check(database).empty());
  }
}

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
  CHECK(maintain_partitions(database.url(), {.schema = database.schema()}).made.size() == 1);
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
