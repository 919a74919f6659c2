// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/text.hpp>

#include "inspection/probe/postgresql_probe.hpp"
#include "inspection/probe/sqlite_probe.hpp"
#include "integration/inspection/checked_database.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"

using namespace nava;
using nava::inspection::catalog;
using nava::inspection::read_catalog;
using namespace nava::persistence;
using namespace nava::test;

namespace {

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
  check_options options;
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
    const auto live = read_catalog(database.url());
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
  const auto live = read_catalog(database.url());
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
      "2 rows of workflow_memory refer along fk_workflow_memory_workflow_id to no row of workflow");
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
        "1 row of workflow_memory refers to no row of workflow, so a connection without PRAGMA "
        "foreign_keys = ON wrote here; the statement deletes such rows");
  for (const finding& each : found) {
    CHECK_THAT(each.message, Catch::EndsWith("the statement deletes such rows"));
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
