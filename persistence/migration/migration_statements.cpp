// SPDX-License-Identifier: Apache-2.0
#include "persistence/migration/migration_statements.hpp"

#include <fmt/format.h>

#include <nava/persistence/migration.hpp>
#include <nava/schema/ddl.hpp>

// {table} is the version table of a set of migrations, with its schema where there is one.
namespace nava::persistence {
namespace {

using namespace fmt::literals;

constexpr std::string_view versions_sql = R"(
SELECT version, name
FROM {table}
ORDER BY version
LIMIT {rows_max})";

constexpr std::string_view record_sql = R"(
INSERT INTO {table} (version, name)
VALUES (cast(:version AS {version_type}), :name))";

constexpr std::string_view forget_sql = R"(
DELETE FROM {table}
WHERE version = cast(:version AS {version_type}))";

namespace server_sql {

// A migration takes as long as it takes, and so does waiting for that of another process.
constexpr const char* begin_sql = R"(
BEGIN ISOLATION LEVEL READ COMMITTED;
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0)";

constexpr std::string_view has_schema_sql = R"(
SELECT 1
WHERE to_regnamespace('{schema}') IS NOT NULL)";

constexpr std::string_view create_schema_sql = R"(
CREATE SCHEMA IF NOT EXISTS {schema})";

// A lock on the table rather than an advisory one: it travels to distributed PostgreSQL.
constexpr std::string_view enter_sql = R"(
CREATE TABLE IF NOT EXISTS {table} (
  version bigint CONSTRAINT "pk_{set}_migration" PRIMARY KEY,
  name text NOT NULL,
  applied timestamp with time zone NOT NULL DEFAULT now()
);
LOCK TABLE {table} IN EXCLUSIVE MODE;
SET LOCAL search_path TO {schema})";

constexpr std::string_view has_version_table_sql = R"(
SELECT 1
WHERE to_regclass('{table}') IS NOT NULL)";

}  // namespace server_sql

namespace file_sql {

constexpr std::string_view enter_sql = R"(
CREATE TABLE IF NOT EXISTS {table} (
  version INTEGER CONSTRAINT "pk_{set}_migration" PRIMARY KEY,
  name TEXT NOT NULL,
  applied TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT)";

constexpr std::string_view has_version_table_sql = R"(
SELECT 1
FROM sqlite_master
WHERE type = 'table'
  AND name = '{set}_migration')";

// Of the triggers that stand for ON DELETE SET NULL of some columns, too: one whose table is gone
// lets no row be deleted any more.
constexpr const char* loose_references_sql = R"(
SELECT 'table ' || m.name || ' has a foreign key', f."table"
FROM sqlite_master AS m JOIN pragma_foreign_key_list(m.name) AS f
WHERE m.type = 'table' AND NOT EXISTS (
  SELECT 1 FROM sqlite_master AS t WHERE t.type = 'table' AND t.name = f."table" COLLATE NOCASE)
UNION ALL
SELECT 'trigger ' || g.name || ' leads', g.target
FROM (
  SELECT name, substr(rest, 1, instr(rest, '" SET ') - 1) AS target
  FROM (SELECT name, substr(sql, instr(sql, 'BEGIN UPDATE "') + 14) AS rest FROM sqlite_master
        WHERE type = 'trigger' AND name LIKE '%^_set^_null' ESCAPE '^'
          AND sql LIKE '%BEGIN UPDATE "%" SET %')
) AS g
WHERE NOT EXISTS (SELECT 1 FROM sqlite_master AS t WHERE t.type = 'table' AND t.name = g.target)
ORDER BY 1, 2)";

}  // namespace file_sql

// The three that the databases say alike, but for the type of a version.
void say_versions(migration_statements& all, std::string_view table, std::string_view type) {
  // One more than there can be, so that a table that holds too many is not taken for a good one.
  all.versions = {
      fmt::format(versions_sql, "table"_a = table, "rows_max"_a = migrations_max + 1), {}, 2};
  all.record = {
      fmt::format(record_sql, "table"_a = table, "version_type"_a = type), {"version", "name"}, 0};
  all.forget = {
      fmt::format(forget_sql, "table"_a = table, "version_type"_a = type), {"version"}, 0};
}

}  // namespace

migration_statements postgresql_migration_statements(std::string_view schema,
                                                     std::string_view set) {
  const std::string place = schema::quoted(schema);
  const std::string table = fmt::format("{}.\"{}_migration\"", place, set);
  migration_statements all;
  all.begin = server_sql::begin_sql;
  all.has_schema = {fmt::format(server_sql::has_schema_sql, "schema"_a = place), {}, 1};
  all.create_schema = fmt::format(server_sql::create_schema_sql, "schema"_a = place);
  all.enter =
      fmt::format(server_sql::enter_sql, "table"_a = table, "set"_a = set, "schema"_a = place);
  all.has_version_table = {
      fmt::format(server_sql::has_version_table_sql, "table"_a = table), {}, 1};
  say_versions(all, table, "bigint");
  return all;
}

migration_statements sqlite_migration_statements(std::string_view set) {
  const std::string table = fmt::format("\"{}_migration\"", set);
  migration_statements all;
  all.begin = "BEGIN IMMEDIATE";
  all.enter = fmt::format(file_sql::enter_sql, "table"_a = table, "set"_a = set);
  all.has_version_table = {fmt::format(file_sql::has_version_table_sql, "set"_a = set), {}, 1};
  say_versions(all, table, "INTEGER");
  all.loose_references = {file_sql::loose_references_sql, {}, 2};
  return all;
}

}  // namespace nava::persistence
