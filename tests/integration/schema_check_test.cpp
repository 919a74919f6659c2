// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "inspection/probe/postgresql_probe.hpp"
#include "inspection/probe/sqlite_probe.hpp"
#include "support/catalogs.hpp"
#include "support/claim_migrations.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"
#include "support/postgresql_places.hpp"
#include "support/stores.hpp"

using namespace nava;
using nava::inspection::catalog;
using nava::inspection::check_options;
using nava::inspection::check_schema;
using nava::inspection::finding;
using nava::inspection::read_catalog;
using nava::inspection::severity;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using texts = std::vector<std::string>;

const schema::database_description& plain = schema::workflow_database<>::description;

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

bool is_sqlite(const test_database& database) {
  return database.url().backend() == backend::sqlite;
}

std::string place(test_database& database) {
  return is_sqlite(database) ? "main" : database.options().schema;
}

check_options options_for(test_database& database) { return {.schema = database.options().schema}; }

std::vector<finding> check(test_database& database, const check_options& options,
                           const schema::database_description& expected = plain) {
  return check_schema(database.url(), expected, options);
}

std::vector<finding> check(test_database& database) {
  return check(database, options_for(database));
}

/// `rule object`, the schema of the tests as S.
texts named(test_database& database, const std::vector<finding>& findings) {
  texts all;
  for (const finding& each : findings) {
    const std::string schema = place(database);
    all.push_back(each.object.starts_with(schema)
                      ? fmt::format("{} S{}", each.rule, each.object.substr(schema.size()))
                      : fmt::format("{} {}", each.rule, each.object));
  }
  return all;
}

texts rules_of(const std::vector<finding>& findings) {
  texts all;
  for (const finding& each : findings) all.push_back(each.rule);
  return all;
}

std::vector<nava::unit_of_work> two_units(store& store) {
  std::vector<nava::unit_of_work> made;
  for (const std::uint64_t number : {1, 2}) {
    made.push_back(first_unit(number));
    REQUIRE(store.create(made.back()) == commit_result::applied);
    REQUIRE(store.commit(next_unit(made.back())) == commit_result::applied);
  }
  return made;
}

void fill(test_database& database) { (void)two_units(*database.open()); }

// Each relationship from the rows of a child to its workflow, as a finding.
texts of_each_child(const std::string& rule, const std::string& ending) {
  texts all;
  for (const auto& table : plain.tables)
    if (!table.foreign_keys.empty())
      all.push_back(fmt::format("{} S.{}.{}", rule, table.name,
                                ending.empty() ? table.foreign_keys.front().name : ending));
  return all;
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
  auto options = options_for(database);
  options.catalog_only = true;
  CHECK(named(database, check(database, options)) == texts{});
}

CHECK_TEST_CASE("the tables of an application are checked by its description and migrations") {
  if (!TestType::available()) return;
  TestType database;
  fill(database);
  auto options = options_for(database);
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
  auto options = options_for(database);
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
  auto options = options_for(database);
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
  check_options options = options_for(database);
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

TEST_CASE("schema check: PostgreSQL: an index that the catalog has and no plan uses") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  // As after CREATE INDEX over broken HOT chains: no session uses it that is as old as a
  // transaction that was open then.
  const auto older = database.raw(), marking = database.raw();
  older->run("BEGIN");
  older->run("SELECT pg_current_xact_id()");
  marking->run(
      "UPDATE pg_index SET indcheckxmin = true WHERE indexrelid = "
      "'pk_workflow_memory'::regclass");
  CHECK(named(database, check(database)) ==
        texts{"cascade-without-index S.workflow_memory.fk_workflow_memory_workflow_id"});
  auto options = options_for(database);
  options.catalog_only = true;
  CHECK(named(database, check(database, options)) == texts{});
  older->run("ROLLBACK");
  CHECK(eventually([&] { return check(database).empty(); }));
}

TEST_CASE(
    "schema probe: PostgreSQL: without its index the rows of a cascade are not found by one") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto finds = [&](std::string_view name) {
    const auto live = read_catalog(database.url(), database.schema());
    inspection::server_probe probe{database.url(), database.schema(), live};
    const auto* table = find_table(plain, name);
    return probe.finds_by_index(*table, table->foreign_keys.front());
  };
  CHECK(finds("workflow_memory"));
  CHECK(finds("workflow_event"));
  const auto raw = database.raw();
  raw->run("ALTER TABLE workflow_memory DROP CONSTRAINT pk_workflow_memory");
  CHECK_FALSE(finds("workflow_memory"));
  raw->run("CREATE INDEX ix_memory ON workflow_memory (workflow_id)");
  CHECK(finds("workflow_memory"));
  // An index that ends with the column can only be read from end to end.
  raw->run(
      "ALTER TABLE workflow_event DROP CONSTRAINT pk_workflow_event, ADD CONSTRAINT "
      "pk_workflow_event PRIMARY KEY (seq, workflow_id)");
  raw->run("DROP INDEX uq_workflow_event_key");
  CHECK_FALSE(finds("workflow_event"));
  raw->run("CREATE INDEX ix_some ON workflow_event (workflow_id) WHERE seq > 3");
  CHECK_FALSE(finds("workflow_event"));
  raw->run("CREATE INDEX ix_all ON workflow_event (workflow_id) WHERE workflow_id IS NOT NULL");
  CHECK(finds("workflow_event"));
}

TEST_CASE("schema probe: PostgreSQL: a unique part of a key finds the row of a cascade") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  database.raw()->run(
      "CREATE TABLE part (workflow_id uuid PRIMARY KEY, step_id uuid, FOREIGN KEY (workflow_id, "
      "step_id) REFERENCES workflow_step (workflow_id, _id))");
  database.raw()->run("CREATE INDEX part_of_step ON part (workflow_id, step_id)");
  constexpr std::string_view columns[] = {"workflow_id", "step_id"},
                             target[] = {"workflow_id", "_id"};
  constexpr auto uuid_column = [](std::string_view name) {
    schema::column_description made;
    made.name = name;
    made.type = schema::column_type::uuid;
    return made;
  };
  const schema::column_description typed[] = {uuid_column("workflow_id"), uuid_column("step_id")};
  const schema::foreign_key_description to_step{"fk", columns, "workflow_step", target, {}, {}};
  const schema::table_description part{"part", typed, {}, {}, {}};
  const auto live = read_catalog(database.url(), database.schema());
  inspection::server_probe probe{database.url(), database.schema(), live};
  CHECK(probe.finds_by_index(part, to_step));
}

TEST_CASE("schema probe: SQLite: without its index the rows of a cascade are not found by one") {
  sqlite_file database;
  migrate(database.url(), database.options());
  constexpr std::string_view columns[] = {"workflow_id", "_id"};
  const schema::foreign_key_description to_step{"fk", columns, "workflow_step", columns, {}, {}};
  const schema::table_description part{"part", {}, {}, {}, {}};
  const auto raw = database.raw();
  raw->run("CREATE TABLE part (workflow_id TEXT, \"_id\" TEXT, n INTEGER)");
  const auto finds = [&] {
    const auto live = read_catalog(database.url());
    return inspection::file_probe{inspection::read_only_file{database.url()}, live}.finds_by_index(
        part, to_step);
  };
  const auto finds_with = [&](const std::string& index) {
    raw->run("CREATE INDEX ix ON part " + index);
    const bool found = finds();
    raw->run("DROP INDEX ix");
    return found;
  };
  CHECK_FALSE(finds());
  CHECK(finds_with("(workflow_id, \"_id\")"));
  CHECK(finds_with("(\"_id\", workflow_id, n)"));
  CHECK_FALSE(finds_with("(n, workflow_id, \"_id\")"));
  CHECK_FALSE(finds_with("(workflow_id, n)"));
  CHECK_FALSE(finds_with("(workflow_id, \"_id\") WHERE n > 3"));
  CHECK(finds_with("(workflow_id, \"_id\") WHERE workflow_id IS NOT NULL AND _ID IS NOT NULL"));
  CHECK_FALSE(finds_with("(workflow_id)"));
  raw->run("CREATE UNIQUE INDEX one_row ON part (workflow_id)");
  CHECK(finds());
  CHECK(finds_with("(workflow_id, \"_id\")"));
}

TEST_CASE("schema probe: SQLite: one row that the rowid finds is found by an index") {
  sqlite_file database;
  write(database.path(), "");
  const auto raw = database.raw();
  raw->run("CREATE TABLE whole (id INTEGER PRIMARY KEY)");
  raw->run("CREATE TABLE part (id INTEGER PRIMARY KEY REFERENCES whole)");
  constexpr std::string_view columns[] = {"id"};
  const schema::foreign_key_description to_whole{"fk", columns, "whole", columns, {}, {}};
  const schema::table_description part{"part", {}, {}, {}, {}};
  const auto live = read_catalog(database.url());
  inspection::file_probe probe{inspection::read_only_file{database.url()}, live};
  CHECK(probe.finds_by_index(part, to_whole));
}

TEST_CASE("schema probe: SQLite: a connection that does not enforce foreign keys is noticed") {
  sqlite_file database;
  migrate(database.url(), database.options());
  const auto live = read_catalog(database.url());
  inspection::read_only_file usual{database.url()}, deaf{database.url()};
  // Within a transaction the pragma does nothing, as it does in a library without foreign keys.
  deaf.each("PRAGMA foreign_keys = OFF", [](const auto&) {});
  deaf.begin();
  CHECK(inspection::file_probe(std::move(usual), live).enforces_foreign_keys());
  CHECK_FALSE(inspection::file_probe(std::move(deaf), live).enforces_foreign_keys());
}

TEST_CASE("schema check: PostgreSQL: rows whose parent went past the triggers do not load it") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  const auto raw = database.raw();
  raw->run("SET session_replication_role = replica");
  raw->run("DELETE FROM workflow");
  const auto found = check(database);
  CHECK(named(database, found) == of_each_child("relationship-not-loaded", "workflow"));
  CHECK(
      found.at(3).message ==
      "2 rows of workflow_memory lead along fk_workflow_memory_workflow_id to no row of workflow");
}

TEST_CASE("schema check: SQLite: a row that cannot be read as described is not loaded") {
  sqlite_file database;
  fill(database);
  const auto raw = database.raw();
  raw->run("PRAGMA ignore_check_constraints = ON");
  raw->run("UPDATE workflow_memory SET params = '{broken'");
  const auto found = check(database);
  CHECK(named(database, found) == texts{"relationship-not-loaded S.workflow.memory"});
  CHECK_THAT(found.at(0).message, Catch::Contains("malformed JSON"));
}

TEST_CASE("schema check: SQLite: rows left by a connection without foreign keys are found") {
  sqlite_file database;
  const auto units = two_units(*database.open());
  const auto raw = database.raw();
  raw->run("PRAGMA foreign_keys = OFF");
  raw->run("DELETE FROM workflow WHERE _id = '" + schema::to_text(units[0].workflow.id) + "'");
  const std::string kept = raw->value(
      "SELECT group_concat(_id) FROM workflow_step WHERE "
      "workflow_id IN (SELECT _id FROM workflow)");
  const auto found = check(database);
  CHECK(named(database, found) == of_each_child("orphans", ""));
  CHECK(found.at(3).message ==
        "1 row of workflow_memory leads to no row of workflow, so a connection without PRAGMA "
        "foreign_keys = ON wrote here; the statement deletes what leads nowhere");
  for (const finding& each : found) {
    CHECK_THAT(each.message, Catch::EndsWith("the statement deletes what leads nowhere"));
    raw->run(each.statement);
  }
  CHECK(named(database, check(database)) == texts{});
  CHECK(raw->value("SELECT group_concat(_id) FROM workflow_step") == kept);
}

TEST_CASE("schema check: SQLite: what is not described hides no row that leads nowhere") {
  sqlite_file database;
  fill(database);
  const auto raw = database.raw();
  raw->run("PRAGMA foreign_keys = OFF");
  raw->run("DELETE FROM workflow");
  raw->run("CREATE TRIGGER watch AFTER UPDATE ON workflow BEGIN SELECT 1; END");
  texts expected = of_each_child("orphans", "");
  expected.insert(expected.begin(), "extra-trigger S.workflow.watch");
  CHECK(named(database, check(database)) == expected);
}

TEST_CASE("schema check: a role that may only connect gets notes, and none of the catalog alone") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  const postgresql_role role{database};
  auto options = options_for(database);
  const auto found = check_schema(database_url{role.url()}, plain, options);
  texts expected{"not-read S.nava_migration"};
  for (const auto& table : plain.tables)
    expected.push_back(fmt::format("not-read S.{}", table.name));
  CHECK(named(database, found) == expected);
  for (const finding& each : found) {
    CHECK(each.how_bad == severity::note);
    CHECK_THAT(each.message, Catch::StartsWith("the role may not read this table"));
  }
  options.catalog_only = true;
  CHECK(check_schema(database_url{role.url()}, plain, options).empty());
  // What it finds does not depend on rights.
  database.raw()->run("ALTER TABLE workflow ADD COLUMN colour text");
  CHECK(named(database, check_schema(database_url{role.url()}, plain, options)) ==
        texts{"extra-column S.workflow.colour"});
}

TEST_CASE("schema check: a role that may read needs no other right") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  fill(database);
  const postgresql_role role{database,
                             {"USAGE ON SCHEMA " + database.schema(),
                              "SELECT ON ALL TABLES IN SCHEMA " + database.schema()}};
  CHECK_THROWS(raw_postgresql(role.url(), database.schema())->run("DELETE FROM workflow"));
  CHECK(check_schema(database_url{role.url()}, plain, options_for(database)).empty());
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
      database_url{with_parameter(postgresql_url(), "options=-c%20statement_timeout%3D900ms")},
      plain, options_for(database));
  CHECK(named(database, stopped) == named(database, found));
  CHECK_THAT(stopped.back().message,
             Catch::StartsWith("reading this table was cancelled, by statement_timeout"));

  // One that waited at all would fail at once.
  const database_url impatient{with_parameter(postgresql_url(), "options=-c%20lock_timeout%3D1ms")};
  auto options = options_for(database);
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
