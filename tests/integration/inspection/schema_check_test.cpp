// SPDX-License-Identifier: Apache-2.0

#include "integration/inspection/checked_database.hpp"
#include "support/catalogs.hpp"
#include "support/claim_migrations.hpp"
#include "support/files.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

// The migrations of an application whose table is as described, byte for byte.
const migration_set& claim_notes() {
  static const std::string on_postgresql =
      create_statements(claim_database::extensions, schema::dialect::postgresql);
  static const std::string on_sqlite =
      create_statements(claim_database::extensions, schema::dialect::sqlite);
  static const migration postgresql[] = {
      {1, "0001_note", on_postgresql, "DROP TABLE \"claim_note\""}};
  static const migration sqlite[] = {{1, "0001_note", on_sqlite, "DROP TABLE \"claim_note\""}};
  static const migration_set set{"claim_notes", postgresql, sqlite};
  return set;
}

}  // namespace

#define CHECK_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("schema check: " NAME, "", sqlite_file, postgresql_schema)

CHECK_TEST_CASE("a database that was just made is as described, with rows and without") {
  if (!TestType::available()) return;
  TestType database;
  migrate(database.url(), database.options());
  CHECK(named(database, check(database)) == texts{});
  fill(database);
  CHECK(named(database, check(database)) == texts{});
  // Statistics of few rows, for which the fastest plan is to read them all.
  for (const auto& table : plain.tables) database.raw()->run(fmt::format("ANALYZE {}", table.name));
  CHECK(named(database, check(database)) == texts{});
  check_options options;
  options.catalog_only = true;
  CHECK(named(database, check(database, options)) == texts{});
}

CHECK_TEST_CASE("the tables of an application are checked by its description and migrations") {
  if (!TestType::available()) return;
  TestType database;
  fill(database);
  check_options options;
  options.migrations.push_back(&claim_notes());
  const auto found = [&] {
    return named(database, check(database, options, claim_database::description));
  };
  CHECK(found() ==
        texts{"migrations-not-applied S.claim_notes_migration", "missing-table S.claim_note"});
  migrate(database.url(), database.options(), claim_notes());
  CHECK(found() == texts{});
  database.raw()->run(
      "INSERT INTO claim_note (workflow_id, _id, \"text\", urgent, pages, weight, \"at\", data, "
      "mark) SELECT workflow_id, _id, 'x', " +
      std::string{is_sqlite(database) ? "1" : "true"} +
      ", 3, 0.5, '2026-01-01T00:00:00Z', '{}', 'SEEN' FROM workflow_step");
  CHECK(found() == texts{});
  database.raw()->run("DROP INDEX ix_claim_note_at");
  CHECK(found() == texts{"missing-index S.claim_note.ix_claim_note_at"});
}

CHECK_TEST_CASE("tables of an application that are not described are findings of their own") {
  if (!TestType::available()) return;
  TestType database;
  fill(database);
  migrate(database.url(), database.options(), claims::migrations());
  check_options options;
  // The table of their versions is known for what it is, whoever asks.
  CHECK(named(database, check(database, options)) ==
        texts{"extra-table S.claim", "extra-table S.claim_line"});
  options.migrations.push_back(&claims::migrations());
  CHECK(named(database, check(database, options)) ==
        texts{"extra-table S.claim", "extra-table S.claim_line"});
}

CHECK_TEST_CASE("a table that is called like one of versions is found, whatever else it is") {
  if (!TestType::available()) return;
  TestType database;
  fill(database);
  database.raw()->run("CREATE TABLE old_migration (version int PRIMARY KEY, name text)");
  database.raw()->run(
      "CREATE TABLE their_migration (version int, name text, applied text, note text, CONSTRAINT "
      "pk_their_migration PRIMARY KEY (version))");
  CHECK(named(database, check(database)) ==
        texts{"extra-table S.old_migration", "extra-table S.their_migration"});
}

CHECK_TEST_CASE("what an application may have made for itself is dropped by no statement") {
  if (!TestType::available()) return;
  TestType database;
  fill(database);
  const auto raw = database.raw();
  raw->run("CREATE INDEX ix_mine ON workflow (title)");
  raw->run("CREATE UNIQUE INDEX uq_mine ON workflow (note, _id)");
  if (is_sqlite(database))
    raw->run("CREATE TRIGGER mine AFTER INSERT ON workflow BEGIN SELECT 1; END");
  else
    raw->run(
        "CREATE TRIGGER mine AFTER INSERT ON workflow FOR EACH ROW EXECUTE FUNCTION "
        "suppress_redundant_updates_trigger()");
  const auto found = check(database);
  CHECK(rules_of(found).size() == 3);
  for (const finding& each : found) {
    INFO(each.rule << ' ' << each.object << ": " << each.message);
    CHECK(each.statement.empty());
    CHECK_THAT(each.message,
               Catch::Matchers::Contains("; if nobody wants it, drop it with: DROP "));
  }
}

CHECK_TEST_CASE("migrations that are missing, newer or others are found") {
  if (!TestType::available()) return;
  TestType database;
  migrate(database.url(), database.options());
  migrate(database.url(), database.options(), claims::migrations());
  check_options options;
  options.migrations.push_back(&claims::migrations());
  const auto raw = database.raw();
  raw->run("UPDATE nava_migration SET name = '0001_other' WHERE version = 1");
  raw->run("INSERT INTO nava_migration (version, name) VALUES (99, '0099_future')");
  raw->run("DELETE FROM claims_migration WHERE version = 3");
  const auto found = check(database, options);
  const auto lines = named(database, found);
  REQUIRE(texts(lines.begin(), lines.begin() + 3) ==
          texts{"migrations-newer S.nava_migration", "migration-name S.nava_migration",
                "migrations-not-applied S.claims_migration"});
  CHECK(found[0].message ==
        fmt::format("is at version 99, newer than the {} this program knows; use a newer program",
                    nava_migrations().postgresql.size()));
  CHECK_THAT(found[1].message, Catch::Contains("0001_other"));
  CHECK(found[2].message ==
        "is at version 2, this program expects 3; run the application's migrations");
  // The catalog does not know.
  options.catalog_only = true;
  CHECK(named(database, check(database, options)) ==
        texts{"extra-table S.claim", "extra-table S.claim_line"});
}

TEST_CASE("schema check: a SQLite file in which nothing is made yet is one finding") {
  sqlite_file database;
  write(database.path(), "");
  const bool catalog_only = GENERATE(false, true);
  const texts one{"migrations-not-applied S.nava_migration"};
  CHECK(named(database, check(database, {.catalog_only = catalog_only})) == one);
  migrate(database.url(), database.options());
  migrate_to(database.url(), 0, data_loss::accept, database.options());
  CHECK(named(database, check(database, {.catalog_only = catalog_only})) == one);
}

TEST_CASE("schema check: a PostgreSQL schema that is missing or empty is one finding") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  check_options options;
  options.catalog_only = GENERATE(false, true);
  CHECK(named(database, check(database, options)) == texts{"missing-schema S"});
  database.raw()->run("CREATE SCHEMA " + database.schema());
  const texts one{"migrations-not-applied S.nava_migration"};
  CHECK(named(database, check(database, options)) == one);
  migrate(database.url(), database.options());
  migrate_to(database.url(), 0, data_loss::accept, database.options());
  CHECK(named(database, check(database, options)) == one);
}

TEST_CASE("schema check: what cannot be looked at is an error, not a finding") {
  const temporary_directory directory;
  const auto kind_for = [&](const std::string& url) {
    return error_of([&] { (void)check_schema(database_url{url}, plain); }).kind();
  };
  CHECK(kind_for("sqlite:" + (directory.path() / "none.db").string()) == error_kind::not_found);
  CHECK_FALSE(std::filesystem::exists(directory.path() / "none.db"));
  CHECK(kind_for("sqlite::memory:") == error_kind::invalid_input);
  CHECK(kind_for("postgresql:///nava?host=" + directory.path().string()) ==
        error_kind::connection_lost);
}

TEST_CASE("schema check: keys of another PostgreSQL schema without an index or of another type") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database, other;
  fill(database);
  const auto raw = other.raw();
  raw->run("CREATE SCHEMA " + other.schema());
  const std::string there = database.schema() + ".";
  raw->run("CREATE TABLE invoice (id bigint PRIMARY KEY, workflow_id uuid REFERENCES " + there +
           "workflow ON DELETE CASCADE)");
  raw->run(
      "CREATE TABLE price (key text, rev int, PRIMARY KEY (key, rev), FOREIGN KEY (key, rev) "
      "REFERENCES " +
      there + "workflow_definition)");
  raw->run("CREATE TABLE bare (id bigint PRIMARY KEY, parent_id bigint REFERENCES bare)");
  const auto found = check(database);
  CHECK(named(other, found) == texts{"foreign-key-without-index S.invoice.invoice_workflow_id_fkey",
                                     "type-mismatch S.price.price_key_rev_fkey"});
  CHECK_THAT(found.at(0).message, Catch::Contains("a delete in " + there + "workflow reads"));
  raw->run(found.at(0).statement);
  raw->run("ALTER TABLE price ALTER COLUMN rev TYPE bigint");
  CHECK(named(other, check(database)) == texts{});
}

TEST_CASE("schema check: keys of other tables in a SQLite file without an index") {
  sqlite_file database;
  fill(database);
  const auto raw = database.raw();
  raw->run("CREATE TABLE invoice (id INTEGER PRIMARY KEY, of_workflow TEXT REFERENCES workflow)");
  const auto found = check(database);
  CHECK(named(database, found) ==
        texts{"extra-table S.invoice", "foreign-key-without-index S.invoice.(of_workflow)"});
  raw->run(found.at(1).statement);
  CHECK(named(database, check(database)) == texts{"extra-table S.invoice"});
}
