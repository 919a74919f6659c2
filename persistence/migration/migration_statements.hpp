// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/connection/connection.hpp"

namespace nava::persistence {

/// What a migrator says to a database, but for the migrations themselves. The transaction is
/// begun by `begin` and `enter`, with `create_schema` in between where it is needed.
struct migration_statements {
  std::string begin;
  statement has_schema;
  std::string create_schema;  ///< empty where the database has no schemas
  std::string enter;          ///< makes the version table, and keeps others out
  statement has_version_table;
  statement versions;  ///< version and name, in the order of versions
  statement record;
  statement forget;
  statement commit{"COMMIT", {}, 0};
  /// What leads to tables that are not there, and to which: `table a has a foreign key`, `b`.
  /// Empty: cannot be.
  statement loose_references;
};

/// `schema` and `set` are legal identifiers.
[[nodiscard]] migration_statements postgresql_migration_statements(std::string_view schema,
                                                                   std::string_view set);
[[nodiscard]] migration_statements sqlite_migration_statements(std::string_view set);

}  // namespace nava::persistence
