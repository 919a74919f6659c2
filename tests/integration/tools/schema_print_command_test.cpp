// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/ddl.hpp>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/workflow_database.hpp>
#include <utility>

#include "integration/tools/schema_command.hpp"

using namespace nava;
using namespace nava::test;

TEST_CASE("nava schema: print prints what the description renders, byte for byte", "[tool]") {
  using schema::dialect;
  const auto& tables = schema::workflow_database<>::description;
  for (const auto& [name, dialect] :
       {std::pair{"postgresql", dialect::postgresql}, std::pair{"sqlite", dialect::sqlite},
        std::pair{"distributed", dialect::distributed}}) {
    const auto printed = run_nava({"schema", "print", "--dialect", name});
    CHECK(printed.exit_code == clean);
    CHECK(printed.err.empty());
    CHECK(printed.out == create_statements(tables, dialect));
    CHECK(run_nava({"schema", "print", "--dialect", name}).out == printed.out);
  }
  CHECK(run_nava({"schema", "print"}).out == create_statements(tables, dialect::postgresql));
  const schema::partitioned_schema partitioned{tables};
  CHECK(run_nava({"schema", "print", "--dialect", "partitioned"}).out ==
        create_statements(partitioned.description(), dialect::postgresql));
}

TEST_CASE("nava schema: print refuses what it would ignore", "[tool]") {
  const std::string why = "takes only --dialect";
  check_complaint(run_nava({"--json", "schema", "print"}), why);
  check_complaint(run_nava({"schema", "--json", "print"}), why);
  check_complaint(run_nava({"schema", "--schema", "other", "print"}), why);
  check_complaint(run_nava({"--database", "sqlite:a.db", "schema", "print"}), why);
  check_complaint(run_nava({"schema", "print", "--json"}), "see nava schema print --help");
}

TEST_CASE("nava schema: what is printed for SQLite makes the tables that check expects", "[tool]") {
  const sqlite_file database;
  write(database.path(), "");
  run_statements(*database.raw(), run_nava({"schema", "print", "--dialect", "sqlite"}).out);
  const auto found =
      findings_in(schema_of("sqlite:" + database.path().string(), {"check", "--json"}));
  REQUIRE(found.size() == 1);
  CHECK(found.at(0).at("rule") == "migrations-not-applied");
}

TEST_CASE("nava schema: what is printed for PostgreSQL makes the tables that check expects",
          "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  raw->run(run_nava({"schema", "print"}).out);
  const auto found = findings_in(schema_at(database, {"check", "--json"}));
  REQUIRE(found.size() == 1);
  CHECK(found.at(0).at("rule") == "migrations-not-applied");
}

TEST_CASE(
    "nava schema: what is printed for a distributed PostgreSQL is good SQL, with stand-ins "
    "for the functions of Citus",
    "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  raw->run("CREATE SCHEMA " + database.schema());
  raw->run("CREATE TABLE called (name regclass, by_column text, beside text)");
  raw->run(
      "CREATE FUNCTION create_distributed_table(regclass, text, colocate_with text) RETURNS void "
      "LANGUAGE sql AS 'INSERT INTO called VALUES ($1, $2, $3)'");
  raw->run(
      "CREATE FUNCTION create_reference_table(regclass) RETURNS void LANGUAGE sql AS 'INSERT INTO "
      "called VALUES ($1)'");
  raw->run(run_nava({"schema", "print", "--dialect", "distributed"}).out);
  CHECK(raw->value("SELECT count(*) FROM called c JOIN pg_attribute a ON a.attrelid = c.name AND "
                   "a.attname = c.by_column") == "12");
  CHECK(raw->value("SELECT string_agg(name::text, ' ' ORDER BY name::text) FROM called WHERE "
                   "by_column IS NULL") ==
        "workflow_definition workflow_inbox workflow_rate workflow_slot workflow_tombstone");
  // Rows of a workflow lie where it does.
  CHECK(raw->value("SELECT count(*) FROM called WHERE beside::regclass = 'workflow'::regclass AND "
                   "by_column = 'workflow_id' AND name::text LIKE 'workflow\\_%'") == "10");
  CHECK(raw->value("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = "
                   "'workflow'::regclass AND confdeltype = 'c' AND confupdtype = 'a'") == "10");
}
