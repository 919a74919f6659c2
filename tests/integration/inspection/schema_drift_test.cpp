// SPDX-License-Identifier: Apache-2.0
#include "integration/inspection/drifts.hpp"
#include "support/files.hpp"

using namespace nava;
using namespace nava::test;
using inspection::finding;

namespace {

struct condition {
  std::string_view sql;
  bool is_read = true;  ///< from what PostgreSQL prints
};

constexpr condition conditions[] = {
    {"\"kind\" NOT IN ('a')"},
    {"\"kind\" NOT IN ('a', 'b')"},
    {"\"_id\" IS NOT DISTINCT FROM 3"},
    {"\"_id\" IS DISTINCT FROM 3"},
    {"\"_id\" > 1e3"},
    {"\"score\" > -1.50E-3"},
    {"\"score\" > 1e3"},
    {"CASE WHEN \"_id\" > 3 THEN \"kind\" = 'a' ELSE \"score\" IS NULL END", false}};

template <class Database>
std::vector<finding> differences_when_made(const schema::database_description& expected) {
  Database database;
  std::string place = "main";
  auto dialect = schema::dialect::sqlite;
  if constexpr (std::is_same_v<Database, sqlite_file>) {
    write(database.path(), "");
  } else {
    place = database.schema();
    dialect = schema::dialect::postgresql;
    database.raw()->run("CREATE SCHEMA " + place);
  }
  const auto raw = database.raw();
  run_each(*raw, schema::create_statements(expected, dialect));
  raw->run("INSERT INTO odd VALUES (1, 'it''s', NULL)");
  return inspection::compare(inspection::read_catalog(database.url().in_schema(place)), expected,
                             place);
}

}  // namespace

TEMPLATE_TEST_CASE("schema drift: a database that was just made, with rows in it, has none", "",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  const filled<TestType> live;
  CHECK(described(live.findings()).empty());
}

TEMPLATE_TEST_CASE("schema drift: a renamed column keeps its data, whatever statements are run", "",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  filled<TestType> live;
  const auto raw = live.database.raw();
  const std::string titles = raw->value("SELECT max(title) FROM workflow");
  raw->run("ALTER TABLE workflow RENAME title TO titel");
  for (const finding& each : live.findings())
    for (const std::string& statement : statements_of(each.statement)) try {
        raw->run(statement);
      } catch (const std::runtime_error&) {
        // ADD COLUMN … NOT NULL, of a table with rows.
      }
  CHECK(raw->value("SELECT max(titel) FROM workflow") == titles);
  const auto found = live.findings();
  INFO(described(found));
  const auto extra = std::ranges::find(found, std::string{"extra-column"}, &finding::rule);
  REQUIRE(extra != found.end());
  const std::size_t begin = extra->message.find("ALTER TABLE");
  run_each(*raw, extra->message.substr(begin, extra->message.find(';', begin) - begin));
  CHECK(described(live.findings()).empty());
}

TEMPLATE_TEST_CASE("schema drift: a table that was just made is no fault, whatever its conditions",
                   "", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  using kind = schema::index_description::kind;
  const std::string_view values[] = {"it's", "a"};
  const schema::column_description columns[] = {{"_id", schema::column_type::bigint, false, {}},
                                                {"kind", schema::column_type::text, false, values},
                                                {"score", schema::column_type::real, true, {}}};
  const std::string_view id[] = {"_id"};
  for (const condition& each : conditions) {
    INFO(each.sql);
    const schema::index_description indexes[] = {{kind::primary_key, "pk_odd", id, {}},
                                                 {kind::unique, "uq_odd", id, each.sql}};
    const schema::table_description tables[] = {{"odd", columns, indexes, {}, {}}};
    const auto found = differences_when_made<TestType>({tables});
    INFO(described(found));
    REQUIRE(found.size() == (each.is_read || std::is_same_v<TestType, sqlite_file> ? 0 : 1));
    for (const finding& note : found) {
      CHECK(note.rule == "not-read");
      CHECK(note.how_bad == inspection::severity::note);
      CHECK(note.message.find('\n') == std::string::npos);
    }
  }
}
