// SPDX-License-Identifier: Apache-2.0
#include "persistence/migration.hpp"

#include <fmt/format.h>

#include <nava/schema/ddl.hpp>

#include "persistence/log.hpp"

namespace nava::persistence {

// Defined in the sources made from the SQL files.
namespace postgresql {
extern const std::vector<migration> migration_list;
}
namespace sqlite {
extern const std::vector<migration> migration_list;
}

namespace {

// Two processes that create the same schema at once: one of them fails although it said
// IF NOT EXISTS, and finds it at the next try.
constexpr int create_tries_max = 10;

bool lost_a_race(const error& failure) {
  return failure.kind() == error_kind::unique || failure.kind() == error_kind::contention ||
         failure.sqlstate() == "42P06" || failure.sqlstate() == "42P07";
}

}  // namespace

std::span<const migration> migrations_of(backend backend) {
  return backend == backend::postgresql ? postgresql::migration_list : sqlite::migration_list;
}

migrator::migrator(backend backend, std::string_view schema) : migrations_(migrations_of(backend)) {
  if (backend == backend::postgresql) {
    const std::string place = schema::quoted(schema);
    const std::string table = place + ".\"nava_migration\"";
    create_version_table_ = fmt::format(
        "CREATE SCHEMA IF NOT EXISTS {}; CREATE TABLE IF NOT EXISTS {} (\"version\" bigint "
        "CONSTRAINT \"pk_nava_migration\" PRIMARY KEY, \"name\" text NOT NULL, \"applied\" "
        "timestamp with time zone NOT NULL DEFAULT now())",
        place, table);
    // A lock on the table rather than an advisory one: it travels to distributed PostgreSQL.
    begin_ = fmt::format("BEGIN; LOCK TABLE {} IN EXCLUSIVE MODE; SET LOCAL search_path TO {}",
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
    create_version_table_ =
        "CREATE TABLE IF NOT EXISTS \"nava_migration\" (\"version\" INTEGER CONSTRAINT "
        "\"pk_nava_migration\" PRIMARY KEY, \"name\" TEXT NOT NULL, \"applied\" TEXT NOT NULL "
        "DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))) STRICT";
    begin_ = "BEGIN IMMEDIATE";
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

void migrator::refuse_newer(connection& on, const database_url& url) const {
  refuse_newer(version(on), url);
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

void migrator::make_version_table(connection& on) const {
  for (int tries = 1;; ++tries) {
    try {
      on.run_script(create_version_table_);
      return;
    } catch (const error& failure) {
      if (tries == create_tries_max || !lost_a_race(failure)) throw;
    }
  }
}

migration_report migrator::migrate(connection& on, const database_url& url) const {
  const int before = version(on);
  refuse_newer(before, url);
  // A role without the right to create still gets this far.
  if (before == newest()) return {before, before};
  make_version_table(on);

  on.run_script(begin_);
  const int locked = version(on);
  refuse_newer(locked, url);
  for (const migration& next : migrations_) {
    if (next.version <= locked) continue;
    on.run_script(std::string{next.sql});
    on.execute(record_, {std::to_string(next.version), next.name});
    logger().info("applied migration {} to {}", next.name, url.printable());
  }
  on.run_script("COMMIT");
  return {locked, newest()};
}

}  // namespace nava::persistence
