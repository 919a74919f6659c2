// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <latch>

#include "integration/persistence/old_partitions.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

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
  const auto report = maintain_partitions(database.url());
  CHECK(report.every == database.options().partition_every);
  CHECK(report.made.empty());
  CHECK(report.kept.empty());
  CHECK(read_migrations(database.url(), database.options()).layout == layout::partitioned);
}

TEST_CASE("partitions: every partition has the storage of the plain table") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema plain;
  migrate(plain.url());
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
  CHECK(error_of([&] { maintain_partitions(plain.url()); }).kind() == error_kind::invalid_input);

  old_database partitioned;
  partitioned.options() = {};
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
  CHECK(sum_at_once(
            [&] { return maintain_partitions(database.url(), {.ahead = 6}).made.size(); }) == 3);
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

TEST_CASE("partitions: upkeep gives way to a session that keeps its locks") {
  if (!postgresql_schema::available()) return;
  const old_database database;
  const auto other = database.raw();
  other->run("BEGIN");
  other->run("LOCK TABLE workflow_task IN ROW EXCLUSIVE MODE");
  const error refused = error_of(
      [&] { maintain_partitions(database.url(), {.lock_wait = 1ms, .now = at("2020-09-01")}); });
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

TEST_CASE("upkeep of partitions at a time that no partition can have is an error of nava") {
  if (!postgresql_partitioned::available()) return;
  postgresql_partitioned database;
  (void)database.open();
  const auto at = [&](timestamp now, int ahead = 3) {
    return error_of([&] { maintain_partitions(database.url(), {.ahead = ahead, .now = now}); });
  };
  using std::chrono::sys_days, std::chrono::year;
  for (const error& thrown :
       {at(timestamp::max()), at(timestamp::min()), at(sys_days{year{1969} / 12 / 31}),
        at(sys_days{year{9999} / 12 / 31}), at(sys_days{year{9990} / 1 / 1}, 120)}) {
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Contains("1970"));
  }
  const error age = error_of(
      [&] { maintain_partitions(database.url(), {.drop_older_than = std::chrono::hours::max()}); });
  CHECK(age.kind() == error_kind::invalid_input);
}
