// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <nava/schema/catalog.hpp>
#include <string>

namespace nava::persistence {

/// Reads the catalog of a database. On PostgreSQL this needs the right to connect and nothing
/// more, reads no table of the application, and takes no lock but on the server's own catalog. A
/// SQLite file is opened for reading only. An empty `schema` stands for all but the server's own
/// (SQLite: has one, and this is ignored). Throws error: not_found where there is no such schema or
/// file, connection_lost, other.
[[nodiscard]] schema::catalog read_catalog(const database_url& url, std::string_view schema = {});

}  // namespace nava::persistence
