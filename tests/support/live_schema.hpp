// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "support/databases.hpp"

namespace nava::test {

/// What the catalog of a database says of its tables, columns, constraints and indexes, as text:
/// two are equal when the tables are. Without rows. Nothing is left out on SQLite, where it is the
/// SQL of sqlite_master.
[[nodiscard]] std::string live_schema(const sqlite_file& database);
[[nodiscard]] std::string live_schema(const postgresql_schema& database);

/// The rows of every table that is there, in an order that depends on them alone. Of a version
/// table without the time of each migration.
[[nodiscard]] std::string live_rows(const sqlite_file& database);
[[nodiscard]] std::string live_rows(const postgresql_schema& database);

}  // namespace nava::test
