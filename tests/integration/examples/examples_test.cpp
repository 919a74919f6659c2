// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/lint.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/persistence/migration.hpp>
#include <nava/schema/ddl.hpp>
#include <set>

#include "extension_table/tables.hpp"
#include "relationships/tables.hpp"
#include "support/live_schema.hpp"
#include "support/program.hpp"
#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;
using Catch::Contains;

namespace office {
const migration_set& migrations();
}
namespace claims {
const migration_set& migrations();
}

namespace {

template <class Database>
bool is_sqlite(const Database& database) {
  return database.url().backend() == backend::sqlite;
}

template <class Database>
program_result run_example(const char* file, Database& database) {
  const std::string url = (is_sqlite(database) ? "sqlite:" : "") + database.url().location();
  return program{file, {url, "--schema", database.url().schema()}}.wait();
}

// What stays after a second run is what the first has left, and it says the same.
template <class Database>
std::string out_of_two_runs(const char* file, Database& database) {
  const auto first = run_example(file, database);
  CHECK(first.err == "");
  CHECK(first.exit_code == 0);
  const std::string rows = live_rows(database);
  const auto second = run_example(file, database);
  CHECK(second.err == "");
  CHECK(second.exit_code == 0);
  CHECK(second.out == first.out);
  CHECK(live_rows(database) == rows);
  return first.out;
}

void create_tables(raw_session& session, const nava::schema::database_description& tables,
                   nava::schema::dialect dialect) {
  for (const std::string& statement : statements_of(create_statements(tables, dialect)))
    session.run(statement);
}

// Up, down, and once more by the statements that the description gives.
template <class Database>
void check_migrations(Database& database, const migration_set& set,
                      const nava::schema::database_description& tables) {
  migrate(database.url(), database.options());
  migrate(database.url(), database.options(), set);
  const std::string migrated = live_schema(database);
  migrate_to(database.url(), 0, data_loss::accept, database.options(), set);
  CHECK(live_schema(database) != migrated);
  create_tables(
      *database.raw(), tables,
      is_sqlite(database) ? nava::schema::dialect::sqlite : nava::schema::dialect::postgresql);
  CHECK(live_schema(database) == migrated);
}

}  // namespace

#define EXAMPLE_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("example: " NAME, "[example]", sqlite_file, postgresql_schema)

EXAMPLE_TEST_CASE("relationships runs, and runs again") {
  if (!TestType::available()) return;
  TestType database;
  const std::string out = out_of_two_runs(NAVA_RELATIONSHIPS_EXAMPLE, database);
  CHECK_THAT(out, Contains("Harbour Authority, bills to Mary Somerville\n"
                           "  Ada Lovelace <ada@harbour.example>\n"
                           "    2026 Swing bridge, owned by Grace, last changed by Barbara\n"
                           "    2025 Harbour crossing,"));
  CHECK_THAT(out, Contains("Museum of Ships, bills to nobody\n"));
  CHECK_THAT(out, Contains(" at most 2 of a contact: 5 queries\n"));
  CHECK_THAT(out, Contains("  Bridges\n    Footbridges\n    Railway bridges\n  Quays\n"));
}

// As docs/relationships.md says.
EXAMPLE_TEST_CASE("lint finds both mistakes of other mappers in the tables of relationships") {
  if (!TestType::available()) return;
  TestType database;
  run_example(NAVA_RELATIONSHIPS_EXAMPLE, database);
  std::set<std::string> rules;
  const std::string schema = is_sqlite(database) ? "" : database.url().schema();
  for (const auto& found : nava::inspection::lint(read_catalog(database.url().in_schema(schema))))
    rules.insert(found.rule);
  CHECK(rules == std::set<std::string>{"several-foreign-keys", "mutual-foreign-keys",
                                       "foreign-key-cycle", "self-reference"});
}

EXAMPLE_TEST_CASE("extension_table runs, and runs again") {
  if (!TestType::available()) return;
  TestType database;
  const std::string out = out_of_two_runs(NAVA_EXTENSION_TABLE_EXAMPLE, database);
  CHECK_THAT(out, Contains("claim 4711, COMPLETED\n"
                           "  train.pdf, pages: 5, scanned by ada\n"
                           "  hotel.pdf, pages: 2, scanned by ada\n"));
  CHECK_THAT(out, Contains("attachments 1\nclaim 4712: rows in Nava's tables 0, attachments 0\n"));
  CHECK_THAT(out, Contains("check: 0 findings\n"));
  CHECK(database.raw()->value("SELECT count(*) FROM claim_attachment") == "2");
}

EXAMPLE_TEST_CASE("extension_table says what a database lacks that it was given") {
  if (!TestType::available()) return;
  TestType database;
  run_example(NAVA_EXTENSION_TABLE_EXAMPLE, database);
  database.raw()->run("CREATE INDEX ix_stray ON claim_attachment (pages)");
  const auto result = run_example(NAVA_EXTENSION_TABLE_EXAMPLE, database);
  CHECK_THAT(result.out, Contains("claim_attachment.ix_stray"));
  CHECK_THAT(result.out, Contains("check: 1 findings\n"));
}

EXAMPLE_TEST_CASE("the migrations of relationships make what its tables describe, and unmake it") {
  if (!TestType::available()) return;
  TestType database;
  check_migrations(database, office::migrations(), office::customers::description);
}

EXAMPLE_TEST_CASE("the migrations of extension_table make what its table says, and unmake it") {
  if (!TestType::available()) return;
  TestType database;
  check_migrations(database, claims::migrations(), claims::claim_database::extensions);
}

EXAMPLE_TEST_CASE("tables that hold rows are taken back too") {
  if (!TestType::available()) return;
  TestType database;
  run_example(NAVA_RELATIONSHIPS_EXAMPLE, database);
  check_migrations(database, office::migrations(), office::customers::description);
}

TEST_CASE("example: a wrong command line or URL is answered in one line") {
  for (const char* file : {NAVA_RELATIONSHIPS_EXAMPLE, NAVA_EXTENSION_TABLE_EXAMPLE}) {
    const auto of = [&](std::vector<std::string> words) {
      const auto result = program{file, std::move(words)}.wait();
      CHECK(result.out == "");
      CHECK(std::count(result.err.begin(), result.err.end(), '\n') == 1);
      return result.exit_code;
    };
    CHECK(of({"--schema"}) == 2);
    CHECK(of({"one.db"}) == 2);
    CHECK(of({"sqlite:a.db", "sqlite:b.db"}) == 2);
    CHECK(of({"sqlite:no-such-folder/a.db"}) == 1);
    CHECK(of({"postgresql:///nava?host=/no-such-folder"}) == 1);
  }
}
