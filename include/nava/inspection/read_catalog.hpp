// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <nava/inspection/catalog.hpp>
#include <string>

namespace nava::inspection {

/// Reads the catalog of a database as of one moment. An empty `schema` stands for all but the
/// server's own (SQLite: has one, `main`, and this is ignored).
///
/// PostgreSQL: needs the right to connect and nothing more, and reads no table of the application.
/// Tables of extensions are left out. A table with a CHECK, a generated column, or an expression in
/// an index is locked in ACCESS SHARE mode, as any SELECT does, while the server spells that out;
/// so this is not asked for where another session keeps the table to itself or waits to, and
/// unread_expression stands there. A session that does so in the very moment between is waited for,
/// up to lock_timeout (contention). The number of statements does not depend on that of the tables.
///
/// SQLite: the file is opened for reading only. Beside one in WAL mode that nobody has open, SQLite
/// leaves an empty `-wal` and a `-shm` file, as after any reader. Virtual tables are left out.
///
/// Throws error: not_found where there is no such schema or file, invalid_input where the URL names
/// a database in memory, a folder or no database, connection_lost, contention, other.
[[nodiscard]] catalog read_catalog(const persistence::database_url& url, std::string_view schema = {});

}  // namespace nava::inspection
