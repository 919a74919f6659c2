// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/inspection/catalog.hpp>
#include <nava/persistence/database_url.hpp>

namespace nava::inspection {

/// Reads the catalog of the schema that the URL names, in one snapshot. On SQLite it reads `main`.
///
/// PostgreSQL: the role needs the right to connect and nothing else. No table of the application is
/// read; tables of extensions are left out. The number of statements does not depend on the number
/// of tables. The server locks a table in ACCESS SHARE mode, as a SELECT does, to print its CHECKs,
/// generated columns and expressions of indexes. Where another session holds the table in ACCESS
/// EXCLUSIVE mode or waits for it, they are not read and are unread_expression. Where a session
/// takes that lock in between, the call waits for at most lock_timeout and then throws
/// `contention`.
///
/// SQLite: the file is opened for reading only. Beside a file in WAL mode that nobody has open,
/// SQLite leaves an empty `-wal` file and a `-shm` file, as after any reader. Virtual tables are
/// left out.
///
/// Returns the catalog, without tables where the schema has none. Thread-safe: each call opens a
/// connection of its own. It stores nothing.
///
/// Throws error: not_found where there is no such schema or file, invalid_input where the URL names
/// a database in memory, a folder or no database, connection_lost, contention, other.
[[nodiscard]] NAVA_EXPORT catalog read_catalog(const persistence::database_url& url);

/// Likewise reads all schemas but the server's own, whichever the URL names.
[[nodiscard]] NAVA_EXPORT catalog read_whole_catalog(const persistence::database_url& url);

}  // namespace nava::inspection
