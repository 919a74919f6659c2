// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/inspection/schema_check.hpp>
#include <nava/persistence/partitions.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/program.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;
using inspection::finding;

// A database may hold any name. Each is data: it comes back as it is, runs as no SQL, and ends no
// command.
namespace {

using texts = std::vector<std::string>;

const texts names{"o'step",
                  "\"; DROP TABLE witness; --",
                  "'); DROP TABLE witness; --",
                  "x' OR touch() IS NOT NULL OR 'x' = '",
                  "true",
                  "back\\slash\\",
                  "$$ dollar $tag$",
                  "100%s %n {} {0}",
                  "line\nbreak\ttab",
                  ":name ::int :'quoted'",
                  "?1 $1 @p",
                  "[bracket] `tick`",
                  "\u00fcn\u00ef \u6f22\u5b57 \U0001F389",
                  "select"};

std::string in_sql(std::string_view name) { return schema::quoted(name); }

program_result nava_tool(const texts& arguments) {
  return program{NAVA_TOOL, arguments, {{"NAVA_DATABASE", ""}}}.wait();
}

texts arguments_of(test_database& database, texts command) {
  const bool is_sqlite = database.url().backend() == backend::sqlite;
  command.insert(command.end(), {"--database", is_sqlite ? "sqlite:" + database.url().location()
                                                         : database.url().location()});
  if (!is_sqlite) command.insert(command.end(), {"--schema", database.url().schema()});
  return command;
}

// Each command may find something; none may stumble over a name.
void run_every_command(test_database& database) {
  for (const texts& command : std::vector<texts>{{"schema", "check"},
                                                 {"schema", "check", "--json"},
                                                 {"schema", "check", "--catalog-only"},
                                                 {"schema", "lint"},
                                                 {"schema", "lint", "--json"},
                                                 {"schema", "lint", "--sarif"},
                                                 {"list"},
                                                 {"purge", "--older-than", "1d"},
                                                 {"migrate"}}) {
    const auto result = nava_tool(arguments_of(database, command));
    INFO(command.front() << ' ' << command.back() << ": " << result.err);
    CHECK(result.exit_code <= 1);
    CHECK(result.err.empty());
    if (command.back() == "--json") CHECK_NOTHROW(json::parse(result.out));
  }
}

// Tables of an application with every kind of thing that has a name, beside Nava's, and an index of
// that name on one of Nava's.
void name_things(raw_session& raw) {
  raw.run("CREATE TABLE witness (id int PRIMARY KEY)");
  for (const std::string& name : names) {
    const std::string table = in_sql(name + " t"), column = in_sql(name + " c");
    raw.run("CREATE TABLE " + table + " (" + in_sql(name) + " int PRIMARY KEY, " + column +
            " int DEFAULT 1, CONSTRAINT " + in_sql(name + " ck") + " CHECK (" + column +
            " <> 5), CONSTRAINT " + in_sql(name + " uq") + " UNIQUE (" + column + "))");
    raw.run("CREATE INDEX " + in_sql(name + " ix") + " ON " + table + " (" + column + ") WHERE " +
            column + " IS NOT NULL");
    raw.run("CREATE TABLE " + in_sql(name + " child") + " (id int PRIMARY KEY, " + column +
            " int CONSTRAINT " + in_sql(name + " fk") + " REFERENCES " + table + " (" +
            in_sql(name) + "))");
    raw.run("CREATE INDEX " + in_sql(name) + " ON workflow_step (workflow_id, title)");
    raw.run("CREATE VIEW " + in_sql(name + " v") + " AS SELECT 1 AS " + column);
  }
}

void name_types(raw_session& raw) {
  for (const std::string& name : names) {
    const std::string collation = in_sql(name + " col"), domain = in_sql(name + " d");
    raw.run("CREATE COLLATION " + collation + " FROM \"C\"");
    raw.run("CREATE DOMAIN " + domain + " AS text COLLATE " + collation + " CONSTRAINT " +
            in_sql(name + " dk") + " CHECK (VALUE <> 'x')");
    raw.run("CREATE TABLE " + in_sql(name + " typed") + " (id " + domain + " PRIMARY KEY, " +
            in_sql(name) + " text COLLATE " + collation + " CONSTRAINT " + in_sql(name + " tk") +
            " REFERENCES " + in_sql(name + " typed") + ")");
    raw.run("CREATE SEQUENCE " + in_sql(name + " s"));
  }
}

template <class Database>
void check_all_commands(Database& database) {
  const auto raw = database.raw();
  run_every_command(database);
  const bool is_sqlite = database.url().backend() == backend::sqlite;
  const std::string place = is_sqlite ? "main" : database.url().schema();
  const auto before = inspection::lint(read_catalog(database.url().in_schema(place)));
  CHECK(before.size() >= names.size());
  for (const finding& each : before)
    for (const std::string& statement : statements_of(each.statement)) {
      INFO(each.rule << ' ' << statement);
      CHECK_NOTHROW(raw->run(statement));
    }
  for (const finding& each : inspection::lint(read_catalog(database.url().in_schema(place))))
    CHECK(each.statement.empty());
  run_every_command(database);
  CHECK(raw->value("SELECT count(*) FROM witness") == "0");
}

}  // namespace

TEMPLATE_TEST_CASE("hostile names: every command takes a name for a name", "", sqlite_file,
                   postgresql_schema, postgresql_partitioned) {
  if (!TestType::available()) return;
  TestType database;
  migrate(database.url(), database.options());
  REQUIRE(database.open()->create(first_unit(1)) == commit_result::applied);
  const auto raw = database.raw();
  if (database.url().backend() == backend::postgresql) {
    raw->run(
        "CREATE FUNCTION touch() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION "
        "''touched''; END'");
    name_types(*raw);
  }
  name_things(*raw);
  check_all_commands(database);
}

TEST_CASE("hostile names: partitions of any name are made, counted and dropped") {
  if (!postgresql_schema::available()) return;
  const auto at = [](std::string_view day) {
    return schema::parse_timestamp(std::string{day} + "T00:00:00.000000Z").value();
  };
  postgresql_schema database;
  database.options().layout = layout::partitioned;
  migrate(database.url(), database.options());
  partition_options upkeep{.ahead = 1, .now = at("2020-03-10")};
  REQUIRE(maintain_partitions(database.url(), upkeep).made.size() == 2);
  const auto raw = database.raw();
  const auto partitions = raw->run(
      "SELECT relname FROM pg_class WHERE relkind = 'r' AND relispartition AND relnamespace = "
      "current_schema()::regnamespace AND relname ~ 'p2020[0-9]+$'");
  REQUIRE(partitions.size() >= names.size());
  for (std::size_t i = 0; i < partitions.size(); ++i) {
    const std::string& table = partitions[i].front();
    raw->run("ALTER TABLE " + in_sql(table) + " RENAME TO " +
             in_sql(names[i % names.size()] + table.substr(std::string{"workflow"}.size())));
  }
  for (const std::string& name : names)
    raw->run("CREATE TABLE " + in_sql(name + " note") + " (" + in_sql(name) +
             " uuid PRIMARY KEY CONSTRAINT " + in_sql(name + " fk") +
             " REFERENCES workflow ON DELETE CASCADE)");
  upkeep.now = at("2021-03-10");
  upkeep.drop_older_than = std::chrono::hours{24 * 30};
  const auto report = maintain_partitions(database.url(), upkeep);
  CHECK(report.dropped.size() == 2);
  CHECK(report.kept.empty());
  // The tables of the application.
  CHECK(check_schema(database.url(), schema::workflow_database<>::description).size() ==
        names.size());
}
