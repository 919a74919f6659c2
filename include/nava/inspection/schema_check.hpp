// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/inspection/finding.hpp>
#include <nava/persistence/migration.hpp>
#include <vector>

namespace nava::inspection {

/// Options of check_schema().
struct check_options {
  /// The sets of migrations that must be applied in full. An application adds its own. The tables
  /// of their versions are not described and not compared.
  std::vector<const persistence::migration_set*> migrations{&persistence::nava_migrations()};
  /// Reads the catalog only: no query is planned and no table is read. Of the tables of versions it
  /// only sees whether they exist.
  bool catalog_only = false;
};

/// Checks whether a database is as a program expects it, before a difference shows as an error or
/// as a slow delete. It looks for:
/// - migrations that are missing;
/// - everything that compare() finds;
/// - foreign keys of other tables to these that no index covers, or whose types differ;
/// - unless `catalog_only`: plans without an index for the rows that a cascade deletes;
/// - unless `catalog_only`: relationships that do not load, on up to 100 rows with 10 related rows
///   each;
/// - unless `catalog_only`, on SQLite: rows that refer to no row.
///
/// Returns the findings; empty where there are none. A schema that is missing is a finding.
///
/// Writes nothing. Beyond the catalog it takes ACCESS SHARE locks, one table after another, as
/// SELECT does. One note stands for a table that the role may not read, or that another session
/// locks for more than a second (a table of versions: for lock_timeout). Throws error as
/// read_catalog() does. Thread-safe: each call opens connections of its own.
[[nodiscard]] NAVA_EXPORT std::vector<finding> check_schema(
    const persistence::database_url& url, const schema::database_description& expected,
    const check_options& options = {});

}  // namespace nava::inspection
