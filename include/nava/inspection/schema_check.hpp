// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/migration.hpp>
#include <nava/inspection/finding.hpp>
#include <string>
#include <vector>

namespace nava::inspection {

struct check_options {
  std::string schema = "nava";  ///< database schema on PostgreSQL
  /// Each must be applied in full; an application adds its own. The tables that keep their
  /// versions are not described and not compared.
  std::vector<const persistence::migration_set*> migrations{&persistence::nava_migrations()};
  /// Reads the catalog alone: no table is planned for or read, not even that of the versions, of
  /// which the catalog tells only that there are none.
  bool catalog_only = false;
};

/// Where a database differs from what a program expects of it, before that shows as an error or as
/// a slow delete: migrations that are missing, everything that schema::compare() finds, foreign
/// keys of other tables to these that no index covers or whose types differ. Then, unless
/// `catalog_only`: that the plan for finding the rows that a cascade takes uses an index, that
/// every relationship loads (on up to 100 rows that are there, 10 related ones each), and on SQLite
/// that no row refers to one that is not there.
///
/// Writes nothing. Beyond the catalog it takes ACCESS SHARE locks, one table after the other, as
/// SELECT does; where a role may not read a table, or another session keeps it to itself for more
/// than a second (a version table: for lock_timeout), one note says so instead. Throws error as
/// read_catalog() does, but a schema that is missing is a finding.
[[nodiscard]] std::vector<finding> check_schema(
    const persistence::database_url& url, const schema::database_description& expected,
    const check_options& options = {});

}  // namespace nava::inspection
