// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Migrations: numbered SQL scripts that bring a database from nothing to what a program expects,
/// and back. Nava has a set of its own; an application brings another one for the tables that it
/// adds, which live in the same database schema and may refer to Nava's. Each set has a version,
/// kept in the table `{set}_migration`. CMake's nava_embed_migrations makes a set out of files.
namespace nava::persistence {

/// What a name can be and leave room for `pk_{set}_migration`, which PostgreSQL cuts at 63 bytes.
inline constexpr std::size_t migration_set_name_bytes_max = 50;
/// Numbers have four digits.
inline constexpr int migrations_max = 9999;

/// One step of a set. Both scripts run inside the transaction of the call that applies them,
/// so they hold no BEGIN, COMMIT or ROLLBACK and nothing that PostgreSQL refuses in a transaction.
/// Names in them are found in the database schema of the store.
struct migration {
  int version = 0;
  std::string_view name;
  std::string_view up;
  std::string_view down;  ///< undoes `up`; drops what it made, with the rows in it
};

/// The migrations of one owner, for each database in the order of their versions, which begin at
/// 1 and have no gap. Outlives every call that it is given to, as a constant does.
struct migration_set {
  std::string_view name;  ///< [a-z_][a-z0-9_]*, at most migration_set_name_bytes_max
  std::span<const migration> postgresql;
  std::span<const migration> sqlite;
  std::span<const migration> partitioned{};  ///< Nava's own, instead of `postgresql`; as many

  [[nodiscard]] std::span<const migration> on(
      backend backend, persistence::layout layout = persistence::layout::plain) const {
    if (backend == backend::sqlite) return sqlite;
    const bool apart = layout == persistence::layout::partitioned && !partitioned.empty();
    return apart ? partitioned : postgresql;
  }
};

/// The set named `nava`, whose name no other can have. May be called before main() begins.
[[nodiscard]] const migration_set& nava_migrations();

/// Applies the migrations of `set` that a database lacks, all of them or none. Safe to run from
/// several processes at once, like migrate(url). The set of an application comes after Nava's own:
/// where that is not at the version of this program, nothing is done. Throws error: invalid_input
/// (a set that is not as described above), incompatible_schema (Nava's tables are not there; the
/// database is newer; a migration has another name there), not_found (SQLite: no such file),
/// outcome_unknown (the connection broke at the end: make the same call again).
migration_report migrate(const database_url& url, const store_options& options,
                         const migration_set& set);

/// What going down does to rows, and whether that is wanted.
enum class data_loss { refuse, accept };

/// Brings `set` to `version`, up or down, all of the way or not at all; version 0 is a database
/// with nothing of the set but its empty version table. Going down drops tables with all their
/// rows, and runs only where `rows` accepts that. Throws as migrate() does, and invalid_input for a
/// version that the set does not have or rows that may not be lost, foreign_key where tables that
/// stay refer to one that would go.
migration_report migrate_to(const database_url& url, int version, data_loss rows,
                            const store_options& options = {},
                            const migration_set& set = nava_migrations());

/// A row of a version table.
struct applied_migration {
  int version = 0;
  std::string name;
};

/// A database on which another migration was applied than the one that this program has in its
/// place.
struct migration_mismatch {
  applied_migration found;
  applied_migration known;
};

/// How far a set is applied to a database.
struct migration_state {
  int version = 0;  ///< of the last migration applied; 0 before the first
  int newest = 0;   ///< that this program knows
  /// Of the tables there; of Nava's own set only, before its first migration what is asked for.
  persistence::layout layout = persistence::layout::plain;
  std::vector<applied_migration> applied{};
  std::vector<migration_mismatch> mismatches{};
};

/// Looks how far `set` is applied. Writes nothing, and on PostgreSQL locks nothing but the version
/// table, in ACCESS SHARE mode. No version table is version 0. Throws error: invalid_input,
/// connection_lost, not_found (SQLite: no such file), incompatible_schema (what the version table
/// holds is no version).
[[nodiscard]] migration_state read_migrations(const database_url& url,
                                              const store_options& options = {},
                                              const migration_set& set = nava_migrations());

}  // namespace nava::persistence
