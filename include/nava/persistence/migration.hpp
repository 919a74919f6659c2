// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/persistence/store.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Migrations: numbered SQL scripts that bring a database from nothing to what a program expects,
/// and back. Nava has a set of its own. An application brings another for its own tables, which lie
/// in the same database schema and may refer to Nava's. The table `{set}_migration` has the version
/// of each set. CMake's nava_embed_migrations makes a set out of files.
///
/// All functions are thread-safe; each opens a connection of its own.
namespace nava::persistence {

/// Leaves room for `pk_{set}_migration`, which PostgreSQL cuts at 63 bytes.
inline constexpr std::size_t migration_set_name_bytes_max = 50;
/// Numbers have four digits.
inline constexpr int migrations_max = 9999;

/// One step of a set. Both scripts run inside the transaction of the call that applies them, so
/// they hold no BEGIN, COMMIT or ROLLBACK and nothing that PostgreSQL refuses in a transaction.
/// Names without a schema are found in the database schema of the store.
struct migration {
  int version = 0;        ///< from 1
  std::string_view name;  ///< stored beside the version: `0001_workflow_tables`; not empty
  std::string_view up;    ///< leads from the version before to this one; not empty
  std::string_view down;  ///< undoes `up`: drops its tables with their rows
};

/// The migrations of one owner, for each database in the order of their versions, which begin at 1
/// and have no gap. Must outlive every call that gets it; a constant does.
struct migration_set {
  std::string_view name;  ///< [a-z_][a-z0-9_]*, at most migration_set_name_bytes_max
  std::span<const migration> postgresql;     ///< empty: the set has no tables on PostgreSQL
  std::span<const migration> sqlite;         ///< empty: the set has no tables on SQLite
  std::span<const migration> partitioned{};  ///< Nava's own, instead of `postgresql`; as many

  /// Returns the migrations for `backend`. With the partitioned layout on PostgreSQL they are
  /// `partitioned`, unless that is empty. On SQLite the layout does not matter.
  [[nodiscard]] std::span<const migration> on(
      backend backend, persistence::layout layout = persistence::layout::plain) const {
    if (backend == backend::sqlite) return sqlite;
    const bool apart = layout == persistence::layout::partitioned && !partitioned.empty();
    return apart ? partitioned : postgresql;
  }
};

/// The set named `nava`, whose name no other can have. May be called before main() begins.
[[nodiscard]] NAVA_EXPORT const migration_set& nava_migrations();

/// Applies the migrations of `set` that a database lacks, all of them or none, as migrate(url)
/// does. The set of an application needs Nava's own at the version of this program. Throws error:
/// invalid_input (a set that is not as described above, another layout, a database encoding that
/// lacks characters), incompatible_schema (Nava's tables are not there; the database is newer; a
/// migration has another name there), not_found (SQLite: no such file), connection_lost,
/// contention, outcome_unknown (the connection broke at the end: make the same call again), and
/// what a script fails with.
NAVA_EXPORT migration_report migrate(const database_url& url, const store_options& options,
                                     const migration_set& set);

/// Whether going down may drop tables with their rows.
enum class data_loss { refuse, accept };

/// Brings `set` to `version`, up or down, in one transaction. Version 0 leaves nothing of the set
/// but its empty version table. Throws as migrate() does, and invalid_input for a version that the
/// set lacks or where `rows` refuses to go down, foreign_key where other tables refer to one that
/// would be dropped.
NAVA_EXPORT migration_report migrate_to(const database_url& url, int version, data_loss rows,
                                        const store_options& options = {},
                                        const migration_set& set = nava_migrations());

/// A row of a version table.
struct applied_migration {
  int version = 0;   ///< from 1
  std::string name;  ///< the name of the migration when it was applied
};

/// A version at which another migration was applied than this program has.
struct migration_mismatch {
  applied_migration found;  ///< what the version table has
  applied_migration known;  ///< what this program has at the same place
};

/// How far a set is applied to a database.
struct migration_state {
  int version = 0;  ///< of the last migration applied; 0 before the first
  int newest = 0;   ///< that this program knows
  /// Of the tables of Nava's own set; before the first migration, of the options.
  persistence::layout layout = persistence::layout::plain;
  std::vector<applied_migration> applied{};      ///< the whole version table, by version
  std::vector<migration_mismatch> mismatches{};  ///< by version; migrate() refuses any
};

/// Reads how far `set` is applied; version 0 where there is no version table. Writes nothing, and
/// on PostgreSQL locks only the version table, in ACCESS SHARE mode. Throws error: invalid_input,
/// connection_lost, not_found (SQLite: no such file), incompatible_schema (a row of the version
/// table has no version).
[[nodiscard]] NAVA_EXPORT migration_state
read_migrations(const database_url& url, const store_options& options = {},
                const migration_set& set = nava_migrations());

}  // namespace nava::persistence
