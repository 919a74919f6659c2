// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <latch>
#include <nava/persistence/migration.hpp>

#include "support/claim_migrations.hpp"
#include "support/live_schema.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using Catch::Matchers::Contains;

namespace {

const int newest = static_cast<int>(nava_migrations().postgresql.size());

template <class Database>
std::string content_of(const Database& database) {
  return live_schema(database) + live_rows(database);
}

template <class Database>
migration_report go_to(Database& database, int version) {
  return migrate_to(database.url(), version, data_loss::accept, database.options());
}

template <class Database>
void make_with_rows(Database& database) {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->commit(next_unit(first)) == commit_result::applied);
}

// What going down to nothing throws, which must leave all as it is.
template <class Database>
error refusal_to_go_down(Database& database) {
  const std::string before = content_of(database);
  const error thrown = error_of([&] { go_to(database, 0); });
  CHECK(content_of(database) == before);
  return thrown;
}

}  // namespace

#define NEEDS_BACKEND \
  if (!TestType::available()) return

TEMPLATE_TEST_CASE("migration: up, down and up again ends where it began", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  const std::string first = live_schema(database);
  make_with_rows(database);

  const auto report = go_to(database, 0);
  CHECK(report.version_before == newest);
  CHECK(report.version_after == 0);
  CHECK(live_rows(database) == "nava_migration\n");

  CHECK(go_to(database, newest).version_before == 0);
  CHECK(live_schema(database) == first);
  CHECK(database.open()->list({}).workflows.empty());
  check_usable(*database.open());
}

TEMPLATE_TEST_CASE("migration: version 4 adds a column to the steps that are there, or drops it",
                   "[migration]", sqlite_file, postgresql_schema, postgresql_partitioned) {
  NEEDS_BACKEND;
  TestType database;
  go_to(database, 4);
  const std::string with_column = live_schema(database);
  migrate(database.url(), database.options());
  make_with_rows(database);
  const auto raw = database.raw();
  const std::string count_steps = "SELECT count(*) FROM workflow_step";
  const std::string steps = raw->value(count_steps);
  CHECK(raw->value(count_steps + " WHERE stm_from = '_CREATED'") == "1");

  go_to(database, 3);
  CHECK_THAT(live_schema(database), !Contains("stm_from"));
  CHECK(raw->value(count_steps) == steps);
  go_to(database, 4);
  CHECK(live_schema(database) == with_column);
  CHECK(raw->value(count_steps + " WHERE stm_from IS NULL") == steps);
}

TEMPLATE_TEST_CASE("migration: a database taken down is made anew by a store", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_with_rows(database);
  go_to(database, 0);
  CHECK(go_to(database, 0).version_before == 0);
  check_usable(*database.open());
}

TEMPLATE_TEST_CASE("migration: rows are not lost unless that is accepted", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_with_rows(database);
  const std::string before = content_of(database);
  const error thrown =
      error_of([&] { migrate_to(database.url(), 0, data_loss::refuse, database.options()); });
  CHECK(thrown.kind() == error_kind::invalid_input);
  CHECK_THAT(thrown.what(), Contains("--drop-data"));
  CHECK(content_of(database) == before);
  CHECK(migrate_to(database.url(), newest, data_loss::refuse, database.options()).version_before ==
        newest);
}

TEMPLATE_TEST_CASE("migration: a version that there is not is refused", "[migration]", sqlite_file,
                   postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_with_rows(database);
  const std::string before = content_of(database);
  for (const int version : {-1, newest + 1})
    CHECK(error_of([&] { go_to(database, version); }).kind() == error_kind::invalid_input);
  CHECK(content_of(database) == before);
}

TEMPLATE_TEST_CASE("migration: of many that go down at once, one works", "[migration]", sqlite_file,
                   postgresql_schema) {
  NEEDS_BACKEND;
  constexpr int threads = 6;
  constexpr int rounds = 5;
  TestType database;
  for (int round = 0; round < rounds; ++round) {
    make_with_rows(database);
    std::latch start{threads};
    std::vector<std::future<migration_report>> reports;
    for (int i = 0; i < threads; ++i)
      reports.push_back(std::async(std::launch::async, [&] {
        start.arrive_and_wait();
        return go_to(database, 0);
      }));
    int worked = 0;
    for (auto& report : reports) worked += report.get().version_before == newest ? 1 : 0;
    CHECK(worked == 1);
    CHECK(live_rows(database) == "nava_migration\n");
  }
}

TEMPLATE_TEST_CASE("migration: tables that an application's refer to stay", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  SECTION("with rows") { make_with_rows(database); }
  SECTION("without rows") { migrate(database.url(), database.options()); }
  migrate(database.url(), database.options(), claims::migrations());
  const error thrown = refusal_to_go_down(database);
  CHECK(thrown.kind() == error_kind::foreign_key);
  CHECK_THAT(thrown.what(), Contains("nothing was changed") && Contains("workflow") &&
                                Contains("first take down what refers"));

  migrate_to(database.url(), 0, data_loss::accept, database.options(), claims::migrations());
  CHECK(go_to(database, 0).version_before == newest);
  CHECK(live_rows(database) == "claims_migration\nnava_migration\n");
}

TEMPLATE_TEST_CASE("migration: tables whose rows are referred to without a cascade stay",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_with_rows(database);
  const auto raw = database.raw();
  const bool is_sqlite = database.url().backend() == backend::sqlite;
  const std::string type = is_sqlite ? "text" : "uuid";
  const std::string deferred = GENERATE("", " DEFERRABLE INITIALLY DEFERRED");
  raw->run("CREATE TABLE note (workflow_id " + type + " REFERENCES workflow" + deferred + ")");
  raw->run("INSERT INTO note SELECT _id FROM workflow");
  const error thrown = refusal_to_go_down(database);
  CHECK(thrown.kind() == error_kind::foreign_key);
  CHECK_THAT(thrown.what(), Contains("first take down what refers"));
}

TEST_CASE("migration: a SQLite file goes down although a key in it already led nowhere") {
  sqlite_file database;
  make_with_rows(database);
  database.raw()->run("CREATE TABLE note (elsewhere text REFERENCES not_there)");
  CHECK(go_to(database, 0).version_before == newest);
  CHECK(live_rows(database) == "nava_migration\nnote\n");
}

TEST_CASE("migration: a SQLite file that is not there does not go down, and is not made") {
  sqlite_file database;
  CHECK(error_of([&] { go_to(database, 0); }).kind() == error_kind::not_found);
  CHECK_FALSE(std::filesystem::exists(database.path()));
  CHECK(error_of([&] {
          migrate_to(database_url{"sqlite::memory:"}, 0, data_loss::accept);
        }).kind() == error_kind::not_found);
}
