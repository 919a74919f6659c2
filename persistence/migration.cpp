// SPDX-License-Identifier: Apache-2.0
#include "persistence/migration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/ddl.hpp>

#include "persistence/log.hpp"

namespace nava::persistence {

// Defined in the sources made from the SQL files.
namespace postgresql {
extern const std::span<const migration> migration_list;
}
namespace sqlite {
extern const std::span<const migration> migration_list;
}

namespace {

// Of two processes that create the same schema at once one fails although it said IF NOT
// EXISTS, and finds it at the next try.
constexpr int tries_max = 10;

bool lost_a_race(const error& failure) {
  constexpr std::string_view states[] = {"23505", "42P06", "42P07", "40P01"};
  return std::find(std::begin(states), std::end(states), failure.sqlstate()) != std::end(states);
}

}  // namespace

std::span<const migration> migrations_of(backend backend) {
  return backend == backend::postgresql ? postgresql::migration_list : sqlite::migration_list;
}

migrator::migrator(backend backend, std::string_view schema) : migrations_(migrations_of(backend)) {
  if (backend == backend::postgresql) {
    const std::string place = schema::quoted(schema);
    const std::string table = place + ".\"nava_migration\"";
    // A migration takes as long as it takes, and so does waiting for that of another process.
    begin_ = "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0";
    has_schema_ = {fmt::format("SELECT 1 WHERE to_regnamespace('{}') IS NOT NULL", place), {}, 1};
    create_schema_ = fmt::format("CREATE SCHEMA IF NOT EXISTS {}", place);
    // A lock on the table rather than an advisory one: it travels to distributed PostgreSQL.
    enter_ = fmt::format(
        "CREATE TABLE IF NOT EXISTS {0} (\"version\" bigint CONSTRAINT \"pk_nava_migration\" "
        "PRIMARY KEY, \"name\" text NOT NULL, \"applied\" timestamp with time zone NOT NULL "
        "DEFAULT now()); LOCK TABLE {0} IN EXCLUSIVE MODE; SET LOCAL search_path TO {1}",
        table, place);
    has_version_table_ = {
        fmt::format("SELECT 1 WHERE to_regclass('{}') IS NOT NULL", table), {}, 1};
    version_ = {fmt::format("SELECT coalesce(max(\"version\"), 0) FROM {}", table), {}, 1};
    record_ = {fmt::format("INSERT INTO {} (\"version\", \"name\") VALUES (cast(:version AS "
                           "bigint), :name)",
                           table),
               {"version", "name"},
               0};
  } else {
    begin_ = "BEGIN IMMEDIATE";
    enter_ =
        "CREATE TABLE IF NOT EXISTS \"nava_migration\" (\"version\" INTEGER CONSTRAINT "
        "\"pk_nava_migration\" PRIMARY KEY, \"name\" TEXT NOT NULL, \"applied\" TEXT NOT NULL "
        "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))) STRICT";
    has_version_table_ = {
        "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'nava_migration'", {}, 1};
    version_ = {"SELECT coalesce(max(\"version\"), 0) FROM \"nava_migration\"", {}, 1};
    record_ = {
        "INSERT INTO \"nava_migration\" (\"version\", \"name\") VALUES (cast(:version AS "
        "INTEGER), :name)",
        {"version", "name"},
        0};
  }
}

int migrator::version(connection& on) const {
  if (on.execute(has_version_table_).empty()) return 0;
  return std::stoi(on.execute(version_).front().front().value());
}

void migrator::refuse_newer(int found, const database_url& url) const {
  if (found > newest())
    throw error{error_kind::incompatible_schema,
                fmt::format("{} has schema version {}, newer than the {} this program knows; use a "
                            "newer program",
                            url.printable(), found, newest())};
}

void migrator::expect_current(connection& on, const database_url& url) const {
  const int found = version(on);
  refuse_newer(found, url);
  if (found < newest())
    throw error{error_kind::incompatible_schema,
                fmt::format("{} has schema version {}, this program needs {}; run: nava migrate "
                            "--database URL",
                            url.printable(), found, newest())};
}

migration_report migrator::apply_missing(connection& on, const database_url& url) const {
  on.run_script(begin_);
  // Asked for rather than IF NOT EXISTS alone, which wants the right to create even when there is
  // nothing to create.
  if (!create_schema_.empty() && on.execute(has_schema_).empty()) on.run_script(create_schema_);
  on.run_script(enter_);
  const int found = version(on);
  refuse_newer(found, url);
  for (const migration& next : migrations_) {
    if (next.version <= found) continue;
    on.run_script(std::string{next.sql});
    on.execute(record_, {std::to_string(next.version), next.name});
    logger().info("applied migration {} to {}", next.name, url.printable());
  }
  on.run_script("COMMIT");
  return {found, newest()};
}

migration_report migrator::migrate(connection& on, const database_url& url) const {
  const int before = version(on);
  refuse_newer(before, url);
  // A role without the right to create still gets this far.
  if (before == newest()) return {before, before};
  for (int tries = 1;; ++tries) {
    try {
      return apply_missing(on, url);
    } catch (const error& failure) {
      const bool is_usable = on.make_idle();
      if (!is_usable || tries == tries_max || !lost_a_race(failure)) throw;
    }
  }
}

}  // namespace nava::persistence
