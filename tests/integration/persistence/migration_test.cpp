// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <future>
#include <latch>
#include <nava/inspection/read_catalog.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>
#include <thread>

#include "support/catalog_lines.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"
#include "support/live_schema.hpp"
#include "support/postgresql_places.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using policy = store_options::schema_policy;

const int newest = static_cast<int>(nava_migrations().postgresql.size());

std::string tables_in(sqlite_file& database) {
  return database.raw()->value(
      "SELECT coalesce(group_concat(name), '') FROM (SELECT name FROM sqlite_master WHERE type = "
      "'table' AND name <> 'sqlite_sequence' ORDER BY name)");
}

std::string tables_in(postgresql_schema& database) {
  return database.raw()->value(
      "SELECT coalesce(string_agg(tablename, ',' ORDER BY tablename COLLATE \"C\"), '') FROM "
      "pg_tables WHERE schemaname = '" +
      database.schema() + "'");
}

// All that a refused program must leave as it is.
std::string content_of(sqlite_file& database) { return test::content_of(database.path()); }

std::string content_of(postgresql_schema& database) {
  std::string content = tables_in(database) + "\n" + database.dump();
  for (const auto& row : database.raw()->run("SELECT * FROM nava_migration ORDER BY version"))
    for (const auto& column : row) content.append(column).append("|");
  return content;
}

void make_place_for_tables(sqlite_file& database) { write(database.path(), ""); }
void make_place_for_tables(postgresql_schema& database) {
  database.raw()->run("CREATE SCHEMA \"" + database.schema() + "\"");
}

schema::dialect dialect_of(const sqlite_file&) { return schema::dialect::sqlite; }
schema::dialect dialect_of(const postgresql_schema&) { return schema::dialect::postgresql; }

// ALTER TABLE ADD COLUMN writes the column behind the constraints, so that the stored texts of two
// equal tables differ.
std::string tables_without_name(const sqlite_file& database) {
  return list(whole(inspection::read_catalog(database.url())));
}
std::string tables_without_name(const postgresql_schema& database) {
  std::string text = live_schema(database);
  for (std::size_t at = 0; (at = text.find(database.schema(), at)) != std::string::npos;)
    text.replace(at, database.schema().size(), "S");
  return text;
}

error_kind open_with(test_database& database, policy on_older) {
  database.options().on_older = on_older;
  return error_of([&] { (void)database.open(); }).kind();
}

}  // namespace

#define NEEDS_BACKEND \
  if (!TestType::available()) return

TEMPLATE_TEST_CASE("migration: an empty database is brought to the newest version", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  const auto report = migrate(database.url(), database.options());
  CHECK(report.version_before == 0);
  CHECK(report.version_after == newest);
  CHECK(database.raw()->run("SELECT version, name FROM nava_migration ORDER BY version") ==
        sql_rows{{"1", "0001_workflow_tables"},
                 {"2", "0002_finished_workflows"},
                 {"3", "0003_storage_parameters"},
                 {"4", "0004_last_state"},
                 {"5", "0005_agenda"},
                 {"6", "0006_inbox_and_slots"},
                 {"7", "0007_rates_and_unique_keys"},
                 {"8", "0008_people"},
                 {"9", "0009_lists"},
                 {"10", "0010_tombstones"}});
  CHECK(tables_in(database) ==
        "nava_migration,workflow,workflow_agenda,workflow_definition,workflow_event,workflow_inbox,"
        "workflow_memory,workflow_message,workflow_mutation,workflow_participant,workflow_rate,"
        "workflow_slot,workflow_stage,workflow_step,workflow_task,workflow_tombstone,"
        "workflow_worklist");
}

TEMPLATE_TEST_CASE("migration: a database of the newest version is left alone", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  const std::string before = content_of(database);
  const auto report = migrate(database.url(), database.options());
  CHECK(report.version_before == newest);
  CHECK(report.version_after == newest);
  CHECK(content_of(database) == before);
}

TEMPLATE_TEST_CASE("migration: of many at once, one works and the others find nothing to do",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  constexpr int threads = 8;
  constexpr int rounds = 10;
  for (int round = 0; round < rounds; ++round) {
    TestType database;
    std::latch start{threads};
    std::vector<std::future<migration_report>> reports;
    for (int i = 0; i < threads; ++i)
      reports.push_back(std::async(std::launch::async, [&] {
        start.arrive_and_wait();
        return migrate(database.url(), database.options());
      }));
    int worked = 0;
    for (auto& report : reports) {
      const auto done = report.get();
      CHECK(done.version_after == newest);
      worked += done.version_before == 0 ? 1 : 0;
    }
    CHECK(worked == 1);
    CHECK(database.raw()->value("SELECT count(*) FROM nava_migration") == std::to_string(newest));
    check_usable(*database.open());
  }
}

TEMPLATE_TEST_CASE("migration: stores that open an empty database at once all work", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  constexpr int threads = 8;
  TestType database;
  std::latch start{threads};
  std::vector<std::future<commit_result>> results;
  for (std::uint64_t i = 1; i <= threads; ++i)
    results.push_back(std::async(std::launch::async, [&, i] {
      start.arrive_and_wait();
      return database.open()->create(first_unit(i));
    }));
  for (auto& result : results) CHECK(result.get() == commit_result::applied);
}

TEMPLATE_TEST_CASE("migration: a database newer than the program is refused and left as it was",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  database.raw()->run("INSERT INTO nava_migration (version, name) VALUES (999, '0999_future')");
  const std::string before = content_of(database);
  CHECK(open_with(database, policy::migrate) == error_kind::incompatible_schema);
  CHECK(open_with(database, policy::expect) == error_kind::incompatible_schema);
  const error thrown = error_of([&] { migrate(database.url(), database.options()); });
  CHECK(thrown.kind() == error_kind::incompatible_schema);
  CHECK_THAT(thrown.what(), Catch::Matchers::Contains("999"));
  CHECK(content_of(database) == before);
}

TEMPLATE_TEST_CASE("migration: a database without tables is not what a store may expect",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_place_for_tables(database);
  CHECK(open_with(database, policy::expect) == error_kind::incompatible_schema);
  CHECK(tables_in(database).empty());
  migrate(database.url(), database.options());
  check_usable(*database.open());
}

TEST_CASE("migration: opening a store makes the tables of a file, and none on a server") {
  const sqlite_file file;
  check_usable(*open_store(file.url()));
  if (!postgresql_schema::available()) return;
  postgresql_schema server;
  server.options().on_older = store_options{}.on_older;
  const auto refused = error_of([&] { (void)server.open(); });
  CHECK(refused.kind() == error_kind::incompatible_schema);
  CHECK_THAT(refused.what(), Catch::Contains("nava migrate"));
  migrate(server.url(), server.options());
  check_usable(*server.open());
}

TEST_CASE("migration: a file that is not there is not found, and is not made") {
  sqlite_file database;
  CHECK(open_with(database, policy::expect) == error_kind::not_found);
  CHECK_FALSE(std::filesystem::exists(database.path()));
}

TEST_CASE("migration: a database schema that is not there is incompatible, and is not made") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  CHECK(open_with(database, policy::expect) == error_kind::incompatible_schema);
  CHECK(database.raw()
            ->run("SELECT 1 FROM pg_namespace WHERE nspname = '" + database.schema() + "'")
            .empty());
}

TEST_CASE("migration: a role that may not create opens a database of the newest version") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto raw = database.raw();
  const postgresql_role role{database};
  raw->run("GRANT USAGE ON SCHEMA " + database.schema() + " TO " + role.name());
  raw->run("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + database.schema() +
           " TO " + role.name());
  check_usable(*open_store(database_url{role.url(), database.schema()}, database.options()));
  const database_url elsewhere{role.url(), database.schema() + "_other"};
  CHECK(error_of([&] { (void)open_store(elsewhere, database.options()); }).sqlstate() == "42501");
}

TEMPLATE_TEST_CASE("migration: one that fails midway leaves nothing behind", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_place_for_tables(database);
  database.raw()->run("CREATE TABLE workflow_task (in_the_way int)");
  CHECK_THROWS_AS(migrate(database.url(), database.options()), error);
  CHECK_THROWS_AS(database.open(), error);
  CHECK(tables_in(database) == "workflow_task");

  database.raw()->run("DROP TABLE workflow_task");
  CHECK(migrate(database.url(), database.options()).version_before == 0);
  check_usable(*database.open());
}

TEST_CASE("migration: one whose session is ended midway leaves nothing behind") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  make_place_for_tables(database);
  const auto raw = database.raw();
  // Waited for last, when the blocker's session has ended and let it go on.
  std::future<void> migrating;
  const auto blocker = database.raw();
  const std::string pid = blocker->value("SELECT pg_backend_pid()");
  blocker->run("BEGIN");
  blocker->run("CREATE TABLE workflow_task (in_the_way int)");
  migrating = std::async(std::launch::async, [&] { migrate(database.url(), database.options()); });
  REQUIRE(eventually([&] {
    return raw->value("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE " + pid +
                      " = ANY (pg_blocking_pids(pid))") != "0";
  }));
  CHECK(error_of([&] { migrating.get(); }).kind() == error_kind::connection_lost);
  blocker->run("ROLLBACK");
  CHECK(tables_in(database).empty());
  CHECK(migrate(database.url(), database.options()).version_before == 0);
  check_usable(*database.open());
}

TEST_CASE("migration: a SQLite file in which one fails is left byte for byte as it was") {
  sqlite_file database;
  make_place_for_tables(database);
  database.raw()->run("CREATE TABLE workflow (\"of somebody else\" text)");
  const std::string before = content_of(database);
  CHECK_THROWS_AS(migrate(database.url(), database.options()), error);
  CHECK_THROWS_AS(database.open(), error);
  CHECK(content_of(database) == before);
}

TEST_CASE("migration: a schema made beforehand is enough for a role that cannot make one") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  const postgresql_role role{database};
  raw->run("CREATE SCHEMA " + database.schema() + " AUTHORIZATION " + role.name());
  CHECK(migrate(database_url{role.url(), database.schema()}, database.options()).version_after ==
        newest);
  check_usable(*open_store(database_url{role.url(), database.schema()}, database.options()));
}

TEMPLATE_TEST_CASE("migration: the files together make what the description of the tables renders",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  REQUIRE(nava_migrations().postgresql.size() == nava_migrations().sqlite.size());
  TestType migrated, rendered;
  migrate(migrated.url(), migrated.options());
  migrated.raw()->run("DROP TABLE nava_migration");
  make_place_for_tables(rendered);
  const auto raw = rendered.raw();
  for (const auto& statement : statements_of(schema::create_statements(
           schema::workflow_database<>::description, dialect_of(rendered))))
    raw->run(statement);
  CHECK(tables_without_name(migrated) == tables_without_name(rendered));
}
