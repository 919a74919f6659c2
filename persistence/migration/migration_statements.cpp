// SPDX-License-Identifier: Apache-2.0
#include "persistence/migration/migration_statements.hpp"

#include <fmt/format.h>

#include <nava/persistence/migration.hpp>
#include <nava/schema/ddl.hpp>

namespace nava::persistence {
namespace {

// The three that the databases say alike, but for the type of a version.
void say_versions(migration_statements& all, std::string_view table, std::string_view type) {
  // One more than there can be, so that a table that holds too many is not taken for a good one.
  all.versions = {fmt::format("SELECT \"version\", \"name\" FROM {} ORDER BY \"version\" LIMIT {}",
                              table, migrations_max + 1),
                  {},
                  2};
  all.record = {
      fmt::format("INSERT INTO {} (\"version\", \"name\") VALUES (cast(:version AS {}), :name)",
                  table, type),
      {"version", "name"},
      0};
  all.forget = {fmt::format("DELETE FROM {} WHERE \"version\" = cast(:version AS {})", table, type),
                {"version"},
                0};
}

}  // namespace

migration_statements postgresql_migration_statements(std::string_view schema,
                                                     std::string_view set) {
  const std::string place = schema::quoted(schema);
  const std::string table = fmt::format("{}.\"{}_migration\"", place, set);
  migration_statements all;
  // A migration takes as long as it takes, and so does waiting for that of another process.
  all.begin =
      "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL statement_timeout = 0; SET LOCAL "
      "lock_timeout = 0";
  all.has_schema = {fmt::format("SELECT 1 WHERE to_regnamespace('{}') IS NOT NULL", place), {}, 1};
  all.create_schema = fmt::format("CREATE SCHEMA IF NOT EXISTS {}", place);
  // A lock on the table rather than an advisory one: it travels to distributed PostgreSQL.
  all.enter = fmt::format(
      "CREATE TABLE IF NOT EXISTS {0} (\"version\" bigint CONSTRAINT \"pk_{1}_migration\" "
      "PRIMARY KEY, \"name\" text NOT NULL, \"applied\" timestamp with time zone NOT NULL "
      "DEFAULT now()); LOCK TABLE {0} IN EXCLUSIVE MODE; SET LOCAL search_path TO {2}",
      table, set, place);
  all.has_version_table = {
      fmt::format("SELECT 1 WHERE to_regclass('{}') IS NOT NULL", table), {}, 1};
  say_versions(all, table, "bigint");
  return all;
}

migration_statements sqlite_migration_statements(std::string_view set) {
  const std::string table = fmt::format("\"{}_migration\"", set);
  migration_statements all;
  all.begin = "BEGIN IMMEDIATE";
  all.enter = fmt::format(
      "CREATE TABLE IF NOT EXISTS {} (\"version\" INTEGER CONSTRAINT \"pk_{}_migration\" PRIMARY "
      "KEY, \"name\" TEXT NOT NULL, \"applied\" TEXT NOT NULL DEFAULT "
      "(strftime('%Y-%m-%dT%H:%M:%fZ'))) STRICT",
      table, set);
  all.has_version_table = {
      fmt::format("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '{}_migration'",
                  set),
      {},
      1};
  say_versions(all, table, "INTEGER");
  // Of the triggers that stand for ON DELETE SET NULL of some columns, too: one whose table is gone
  // lets no row be deleted any more.
  all.loose_references = {
      R"(
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
ORDER BY 1, 2)",
      {},
      2};
  return all;
}

}  // namespace nava::persistence
