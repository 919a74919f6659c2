// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <span>
#include <string>
#include <string_view>

#include "persistence/connection.hpp"

/// Numbered SQL files, embedded at build time, that bring a database from nothing to what
/// this program expects.
namespace nava::persistence {

struct migration {
  int version = 0;
  std::string_view name;
  std::string_view sql;
};

/// In the order of their versions, which begin at 1 and have no gap.
[[nodiscard]] std::span<const migration> migrations_of(backend backend);

/// Applies migrations on connections of one backend. Outlives the connections it is used
/// with, which remember its statements.
class migrator {
 public:
  migrator(backend backend, std::string_view schema);

  /// The version of the database: 0 before the first migration.
  [[nodiscard]] int version(connection& on) const;

  /// Throws error (incompatible_schema) unless the version is the one this program expects.
  void expect_current(connection& on, const database_url& url) const;

  /// Refuses a newer database, else applies what is missing in one transaction.
  migration_report migrate(connection& on, const database_url& url) const;

 private:
  migration_report apply_missing(connection& on, const database_url& url) const;
  void refuse_newer(int found, const database_url& url) const;
  [[nodiscard]] int newest() const { return migrations_.back().version; }

  std::span<const migration> migrations_;
  std::string begin_;
  statement has_schema_;
  std::string create_schema_;  ///< empty where the database has no schemas
  std::string enter_;          ///< makes the version table, and keeps others out
  statement has_version_table_;
  statement version_;
  statement record_;
};

}  // namespace nava::persistence
