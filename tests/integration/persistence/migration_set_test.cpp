// SPDX-License-Identifier: Apache-2.0
#include <future>
#include <latch>
#include <nava/persistence/migration.hpp>
#include <nava/schema/text.hpp>

#include "support/claim_migrations.hpp"
#include "support/live_schema.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

const int newest = static_cast<int>(nava_migrations().postgresql.size());

// In the application's own words, at namespace scope, before main() begins.
const std::size_t claims_before_main = claims::migrations().sqlite.size();

template <class Database>
std::string content_of(const Database& database) {
  return live_schema(database) + live_rows(database);
}

migration_report migrate_claims(test_database& database) {
  return migrate(database.url(), database.options(), claims::migrations());
}

migration_report claims_to(test_database& database, int version) {
  return migrate_to(database.url(), version, data_loss::accept, database.options(),
                    claims::migrations());
}

template <class Database>
void make_claims(Database& database) {
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  REQUIRE(migrate_claims(database).version_after == claims::newest);
}

std::string count_of(raw_session& session, const std::string& table) {
  return session.value("SELECT count(*) FROM " + table);
}

template <class Call>
error_kind kind_of_refusal(Call&& call) {
  return error_of(std::forward<Call>(call)).kind();
}

// Two migrations that go nowhere, for sets that are refused before any SQL.
struct made_up_set {
  std::vector<migration> migrations{{1, "0001_a", "SELECT 1", "SELECT 1"},
                                    {2, "0002_b", "SELECT 1", "SELECT 1"}};
  std::string name = "made_up";

  [[nodiscard]] error refusal() const {
    const migration_set set{name, migrations, migrations};
    const sqlite_file database;
    return error_of([&] { migrate(database.url(), {}, set); });
  }
};

}  // namespace

#define NEEDS_BACKEND \
  if (!TestType::available()) return

TEST_CASE("migration set: its name is its own") {
  const std::vector<migration> two = made_up_set{}.migrations;
  const sqlite_file database;
  const auto refusal = [&](const migration_set& set) {
    return std::string{error_of([&] { migrate(database.url(), {}, set); }).what()};
  };
  CHECK_THAT(refusal({"nava", two, two}), Contains("are Nava's own; give yours another name"));
  CHECK_THAT(refusal({"Mine", two, two}), Contains("the name of a set of migrations is"));
  CHECK_THAT(refusal({std::string(200, 'm'), two, two}), Contains("at most"));
}

TEST_CASE("migration set: embedded ones are there before main begins") {
  CHECK(claims_before_main == claims::newest);
  CHECK(claims::migrations().name == "claims");
  CHECK_THAT(std::string{claims::migrations().sqlite.front().up},
             Contains("@sign@, which must arrive as they are: 'a;b'.\n") && Contains("':@x@'"));
}

TEMPLATE_TEST_CASE("migration set: an application's is applied once, and its version is its own",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_claims(database);
  const std::string made = content_of(database);
  CHECK(migrate_claims(database).version_before == claims::newest);
  CHECK(migrate(database.url(), database.options()).version_before == newest);
  CHECK(content_of(database) == made);
  const auto raw = database.raw();
  CHECK(raw->run("SELECT name FROM nava_migration ORDER BY version").front().front() ==
        "0001_workflow_tables");
  CHECK(raw->run("SELECT version, name FROM claims_migration ORDER BY version") ==
        sql_rows{{"1", "0001_claim"}, {"2", "0002_claim_amount"}, {"3", "0003_claim_line"}});
  CHECK(raw->value("SELECT number FROM claim").find(":@x@") != std::string::npos);
  check_usable(*database.open());
}

TEMPLATE_TEST_CASE("migration set: rows of extension tables go with their workflow", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_claims(database);
  const auto store = database.open();
  const auto second = first_unit(2);
  REQUIRE(store->create(second) == commit_result::applied);
  const auto raw = database.raw();
  const std::string id = "'" + schema::to_text(second.workflow.id) + "'";
  raw->run("INSERT INTO claim (workflow_id, number) VALUES (" + id + ", 'c-2')");
  raw->run("INSERT INTO claim_line (workflow_id, line) VALUES (" + id + ", 1)");
  CHECK(store->erase(second.workflow.id));
  CHECK(count_of(*raw, "claim") == "1");
  CHECK(count_of(*raw, "claim_line") == "1");
  CHECK_THROWS_WITH(raw->run("INSERT INTO claim (workflow_id, number) VALUES (" + id + ", 'c-2')"),
                    Contains("foreign key", Catch::CaseSensitive::No));
}

TEMPLATE_TEST_CASE("migration set: an application's goes down step by step, and up again",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  std::vector<std::string> at_version;
  for (int version = 0; version <= claims::newest; ++version) {
    claims_to(database, version);
    at_version.push_back(live_schema(database));
  }
  for (int version = claims::newest - 1; version > 0; --version) {
    CHECK(claims_to(database, version).version_before == version + 1);
    CHECK(live_schema(database) == at_version[static_cast<std::size_t>(version)]);
  }
  CHECK(claims_to(database, claims::newest).version_before == 1);
  CHECK(live_schema(database) == at_version.back());
  CHECK(claims_to(database, 0).version_before == claims::newest);
  CHECK(database.raw()->run("SELECT version FROM claims_migration").empty());
  CHECK(count_of(*database.raw(), "workflow") == "1");
  CHECK(migrate_claims(database).version_before == 0);
  CHECK(live_schema(database) == at_version.back());
  check_usable(*database.open());
}

TEMPLATE_TEST_CASE("migration set: an application's comes after Nava's tables", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  migrate_to(database.url(), 0, data_loss::accept, database.options());
  const std::string before = content_of(database);
  const error thrown = error_of([&] { migrate_claims(database); });
  CHECK(thrown.kind() == error_kind::incompatible_schema);
  CHECK_THAT(thrown.what(), Contains("schema version 0") && Contains("run: nava migrate"));
  CHECK(content_of(database) == before);
}

TEST_CASE("migration set: an application's makes no database, and no schema") {
  sqlite_file file;
  CHECK(kind_of_refusal([&] { migrate_claims(file); }) == error_kind::not_found);
  CHECK_FALSE(std::filesystem::exists(file.path()));
  if (!postgresql_schema::available()) return;
  postgresql_schema schema;
  const std::string before = live_schema(schema);
  CHECK(kind_of_refusal([&] { migrate_claims(schema); }) == error_kind::incompatible_schema);
  CHECK(live_schema(schema) == before);
}

TEMPLATE_TEST_CASE("migration set: of many that apply an application's at once, one works",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  constexpr int threads = 6;
  TestType database;
  migrate(database.url(), database.options());
  std::latch start{threads};
  std::vector<std::future<migration_report>> reports;
  for (int i = 0; i < threads; ++i)
    reports.push_back(std::async(std::launch::async, [&] {
      start.arrive_and_wait();
      return migrate_claims(database);
    }));
  int worked = 0;
  for (auto& report : reports) worked += report.get().version_before == 0 ? 1 : 0;
  CHECK(worked == 1);
  CHECK(count_of(*database.raw(), "claims_migration") == "3");
}

TEMPLATE_TEST_CASE("migration set: a newer or another history is refused and left as it was",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  make_claims(database);
  const auto raw = database.raw();
  std::string said;
  SECTION("newer") {
    raw->run("INSERT INTO claims_migration (version, name) VALUES (4, '0004_future')");
    said = "claims version 4, newer than the 3";
  }
  SECTION("another name") {
    raw->run("UPDATE claims_migration SET name = '0002_other' WHERE version = 2");
    said = "migration 2 '0002_other' of claims where this program has 2 '0002_claim_amount'";
  }
  SECTION("a gap") {
    raw->run("DELETE FROM claims_migration WHERE version = 2");
    said = "migration 3 '0003_claim_line' of claims where this program has 2 '0002_claim_amount'";
  }
  SECTION("no version") {
    raw->run("INSERT INTO claims_migration (version, name) VALUES (1099511627776, 'x')");
    said = "holds what is no version";
  }
  const std::string before = content_of(database);
  for (const auto& thrown :
       {error_of([&] { migrate_claims(database); }), error_of([&] { claims_to(database, 0); })}) {
    CHECK(thrown.kind() == error_kind::incompatible_schema);
    CHECK_THAT(thrown.what(), Contains(said));
  }
  CHECK(content_of(database) == before);
  check_usable(*database.open());
}

TEMPLATE_TEST_CASE("migration set: another history of Nava's own tables is refused", "[migration]",
                   sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  database.raw()->run("UPDATE nava_migration SET name = '0001_mine' WHERE version = 1");
  const std::string before = content_of(database);
  for (const auto policy :
       {store_options::schema_policy::migrate, store_options::schema_policy::expect}) {
    database.options().on_older = policy;
    const error thrown = error_of([&] { (void)database.open(); });
    CHECK(thrown.kind() == error_kind::incompatible_schema);
    CHECK_THAT(thrown.what(), Contains("'0001_mine'") && Contains("'0001_workflow_tables'"));
  }
  CHECK(kind_of_refusal([&] { migrate_claims(database); }) == error_kind::incompatible_schema);
  CHECK(content_of(database) == before);
}

TEST_CASE("migration set: one that is not as it must be is refused before any SQL") {
  const auto refusal = [](auto&& spoil) {
    made_up_set set;
    spoil(set);
    return set.refusal();
  };
  CHECK(refusal([](auto&) {}).kind() == error_kind::not_found);
  for (const auto* name : {"", "Claims", "9claims", "a-b", "a\"b", "nava"}) {
    CAPTURE(name);
    CHECK(refusal([&](auto& set) { set.name = name; }).kind() == error_kind::invalid_input);
  }
  const std::string longest(migration_set_name_bytes_max, 'a');
  CHECK(refusal([&](auto& set) { set.name = longest; }).kind() == error_kind::not_found);
  CHECK(refusal([&](auto& set) { set.name = longest + "a"; }).kind() == error_kind::invalid_input);
  CHECK_THAT(refusal([](auto& set) { set.migrations[1].version = 3; }).what(),
             Contains("migration 3 where number 2 is due"));
  CHECK_THAT(refusal([](auto& set) { set.migrations[0].down = ""; }).what(),
             Contains("lacks a name, an up script or a down script"));
}

TEMPLATE_TEST_CASE("migration set: one that fails is named, and nothing of the set is stored",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  const std::string before = content_of(database);
  const migration all[] = {{1, "0001_good", "CREATE TABLE good (a int)", "DROP TABLE bad"},
                           {2, "0002_other", "CREATE TABLE other (a int)", "DROP TABLE other"},
                           {3, "0003_bad", "CREATE TABLE other (a int)", "DROP TABLE good"}};
  const auto first = std::span{all}.first(2);
  const error up = error_of([&] {
    migrate(database.url(), database.options(), migration_set{"mine", all, all});
  });
  CHECK_THAT(up.what(), StartsWith("migration 3 of mine, 0003_bad.sql, failed: "));
  CHECK(content_of(database) == before);

  const migration_set mine{"mine", first, first};
  migrate(database.url(), database.options(), mine);
  const std::string made = content_of(database);
  const error down =
      error_of([&] { migrate_to(database.url(), 0, data_loss::accept, database.options(), mine); });
  CHECK_THAT(down.what(), StartsWith("migration 1 of mine, 0001_good.down.sql, failed: "));
  CHECK(down.kind() == up.kind());
  CHECK(content_of(database) == made);
}

TEMPLATE_TEST_CASE("migration set: a byte-order mark before a script is not a part of it",
                   "[migration]", sqlite_file, postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  const std::string before = content_of(database);
  const migration marked[] = {{1, "0001_marked",
                               "\xEF\xBB\xBF-- written by an editor\n"
                               "CREATE TABLE marked (a int)",
                               "\xEF\xBB\xBF"
                               "DROP TABLE marked;"}};
  const migration_set set{"marked", marked, marked};
  CHECK(migrate(database.url(), database.options(), set).version_after == 1);
  CHECK(count_of(*database.raw(), "marked") == "0");
  CHECK(migrate_to(database.url(), 0, data_loss::accept, database.options(), set).version_after ==
        0);
  database.raw()->run("DROP TABLE marked_migration");
  CHECK(content_of(database) == before);
}

TEMPLATE_TEST_CASE("migration set: reading how far it is applied", "[migration]", sqlite_file,
                   postgresql_schema) {
  NEEDS_BACKEND;
  TestType database;
  migrate(database.url(), database.options());
  const auto read = [&](const migration_set& set) {
    return read_migrations(database.url(), database.options(), set);
  };
  const std::string before = content_of(database);
  CHECK(read(nava_migrations()).version == newest);
  CHECK(read(claims::migrations()).version == 0);
  CHECK(read(claims::migrations()).newest == claims::newest);
  CHECK(content_of(database) == before);

  claims_to(database, 2);
  CHECK(read(claims::migrations()).version == 2);
  CHECK(read(claims::migrations()).mismatches.empty());
  const auto raw = database.raw();
  raw->run("UPDATE claims_migration SET name = 'x' WHERE version = 1");
  raw->run("INSERT INTO claims_migration (version, name) VALUES (7, '0007_future')");
  const auto state = read(claims::migrations());
  CHECK(state.version == 7);
  REQUIRE(state.applied.size() == 3);
  CHECK(state.applied[1].name == "0002_claim_amount");
  REQUIRE(state.mismatches.size() == 2);
  CHECK(state.mismatches[0].found.name == "x");
  CHECK(state.mismatches[0].known.name == "0001_claim");
  CHECK(state.mismatches[1].found.version == 7);
}

TEST_CASE("migration set: reading waits for no migration, and writes nothing") {
  sqlite_file file;
  CHECK(kind_of_refusal([&] { (void)read_migrations(file.url()); }) == error_kind::not_found);
  CHECK_FALSE(std::filesystem::exists(file.path()));
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const database_url read_only{
      with_parameter(postgresql_url(), "options=-c%20default_transaction_read_only%3Don"),
      database.schema()};
  CHECK(read_migrations(read_only, database.options()).version == 0);
  migrate(database.url(), database.options());
  const auto raw = database.raw();
  raw->run("BEGIN");
  raw->run("LOCK TABLE nava_migration IN EXCLUSIVE MODE");
  CHECK(read_migrations(read_only, database.options()).version == newest);
  raw->run("ROLLBACK");
}
