// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>

#include "integration/inspection/checked_database.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"
#include "support/postgresql_places.hpp"

using namespace nava;
using nava::inspection::catalog;
using nava::inspection::read_catalog;
using nava::inspection::severity;
using namespace nava::persistence;
using namespace nava::test;

TEST_CASE("schema check: a role that may only connect gets notes, and none of the catalog alone") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  const postgresql_role role{database};
  check_options options;
  const auto found = check_schema(database_url{role.url(), database.schema()}, plain, options);
  texts expected{"not-read S.nava_migration"};
  for (const auto& table : plain.tables)
    expected.push_back(fmt::format("not-read S.{}", table.name));
  CHECK(named(database, found) == expected);
  for (const finding& each : found) {
    CHECK(each.how_bad == severity::note);
    CHECK_THAT(each.message, Catch::StartsWith("the role may not read this table"));
  }
  options.catalog_only = true;
  CHECK(check_schema(database_url{role.url(), database.schema()}, plain, options).empty());
  // What it finds does not depend on rights.
  database.raw()->run("ALTER TABLE workflow ADD COLUMN colour text");
  CHECK(named(database, check_schema(database_url{role.url(), database.schema()}, plain,
                                     options)) == texts{"extra-column S.workflow.colour"});
}

TEST_CASE("schema check: a role that may read needs no other right") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  const postgresql_role role{database,
                             {"USAGE ON SCHEMA " + database.schema(),
                              "SELECT ON ALL TABLES IN SCHEMA " + database.schema()}};
  CHECK_THROWS(raw_postgresql(role.url(), database.schema())->run("DELETE FROM workflow"));
  CHECK(check_schema(database_url{role.url(), database.schema()}, plain, {}).empty());
}

TEST_CASE("schema check: a table that another session keeps to itself is one note") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  const auto locking = database.raw();
  locking->run("BEGIN");
  locking->run("LOCK TABLE workflow_step IN ACCESS EXCLUSIVE MODE");
  const std::string unread = "not-read S.workflow_step.ck_workflow_step_status";
  const auto found = check(database);
  CHECK(named(database, found) == texts{unread, "not-read S.workflow_step"});
  CHECK(std::ranges::all_of(found, [](const auto& f) { return f.how_bad == severity::note; }));

  for (const finding& each : found) CHECK_THAT(each.message, Catch::Contains("another session"));
  // One that gives up before its lock_timeout of a second cannot tell what it waited for.
  const auto stopped = check_schema(
      database_url{with_parameter(postgresql_url(), "options=-c%20statement_timeout%3D900ms"),
                   database.schema()},
      plain, {});
  CHECK(named(database, stopped) == named(database, found));
  CHECK_THAT(stopped.back().message,
             Catch::StartsWith("reading this table was cancelled, by statement_timeout"));

  // One that waited at all would fail at once.
  const database_url impatient{with_parameter(postgresql_url(), "options=-c%20lock_timeout%3D1ms"),
                               database.schema()};
  check_options options;
  options.catalog_only = true;
  CHECK(named(database, check_schema(impatient, plain, options)) == texts{unread});
}

namespace {

// What writes in a database are counted by the server, of all its tables and catalogs. The sessions
// of the test have left, and with that have handed in their counts.
std::string writes_in(const postgresql_database& database) {
  raw_session& outside = database.outside();
  REQUIRE(eventually([&] {
    return outside.value("SELECT count(*) FROM pg_stat_activity WHERE datname = '" +
                         database.name() + "'") == "0";
  }));
  return outside.value(
      "SELECT tup_inserted + tup_updated + tup_deleted FROM pg_stat_database WHERE "
      "datname = '" +
      database.name() + "'");
}

// Autovacuum may write now and then; what this writes itself, it writes each time.
template <class Action>
bool writes_nothing(const postgresql_database& database, Action action) {
  constexpr int tries_max = 5;
  for (int i = 0; i < tries_max; ++i) {
    const std::string before = writes_in(database);
    action();
    if (writes_in(database) == before) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("schema check: PostgreSQL: nothing is written, not even to a catalog, nor by lint") {
  if (!postgresql_schema::available()) return;
  const postgresql_database database;
  const database_url url{database.url()};
  two_units(*open_store(url, {.on_older = store_options::schema_policy::migrate}));
  const auto dump = [&] {
    std::string text;
    const auto raw = database.raw("nava");
    for (const auto& table : plain.tables)
      for (const auto& row :
           raw->run(fmt::format("SELECT t::text FROM \"{}\" AS t ORDER BY 1", table.name)))
        text += row.front() + "\n";
    return text;
  };
  CHECK_FALSE(
      writes_nothing(database, [&] { database.raw()->run("CREATE TEMPORARY TABLE t (a int)"); }));
  CHECK(writes_nothing(database, [&] { CHECK(check_schema(url, plain).empty()); }));
  CHECK(writes_nothing(database, [&] { CHECK(inspection::lint(read_catalog(url)).empty()); }));
  // With faults, and where a session could not write if it wanted to.
  database.raw("nava")->run("ALTER TABLE workflow_stage DROP COLUMN stage_type");
  const std::string before = dump();
  const database_url read_only{
      with_parameter(database.url(), "options=-c%20default_transaction_read_only%3Don")};
  for (const auto& each : {url, read_only})
    CHECK(writes_nothing(
        database, [&] { CHECK(rules_of(check_schema(each, plain)) == texts{"missing-column"}); }));
  CHECK(dump() == before);
}

TEST_CASE("schema check: SQLite: a log that a killed program left stays beside its file") {
  const sqlite_file original;
  const sqlite_file database{"left.db"};
  const std::string left = database.path().string();
  {
    const auto store = original.open();
    REQUIRE(store->create(first_unit(1)) == nava::commit_result::applied);
    // What a kill leaves: the file, and a log that nobody has written into it.
    std::filesystem::copy_file(original.path(), left);
    std::filesystem::copy_file(original.path().string() + "-wal", left + "-wal");
  }
  const std::string file = content_of(left), log = content_of(left + "-wal");
  REQUIRE_FALSE(log.empty());
  CHECK(inspection::check_schema(database.url(), schema::workflow_database<>::description).empty());
  CHECK((content_of(left) == file));
  CHECK((content_of(left + "-wal") == log));
}

TEST_CASE("schema check: SQLite: the file stays as it is, in either journal mode") {
  sqlite_file database;
  fill(database);
  const std::string mode = GENERATE("delete", "wal");
  const auto drop = GENERATE("", "DROP TABLE workflow_stage");
  {
    const auto raw = database.raw();
    raw->run("PRAGMA journal_mode = " + mode);
    if (*drop != '\0') raw->run(drop);
  }
  const std::string before = content_of(database.path());
  CHECK(check(database).empty() == (*drop == '\0'));
  CHECK(check(database, {.catalog_only = true}).empty() == (*drop == '\0'));
  CHECK(content_of(database.path()) == before);
  CHECK(database.raw()->value("PRAGMA journal_mode") == mode);
}
