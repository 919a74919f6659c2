// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nava/export.hpp>
#include <nava/persistence/database_url.hpp>
#include <string>
#include <vector>

namespace nava::inspection {

/// The most keys that orphaned_rows has.
inline constexpr std::size_t orphans_named_max = 100;

/// The rows of one table that refer to rows that are not there. A foreign key lets none come to be:
/// somebody has written or deleted with foreign keys off.
struct orphaned_rows {
  std::string table;              ///< of Nava or of an application
  std::string target;             ///< the table that lacks the rows
  std::vector<std::string> keys;  ///< the values that refer, `/` between them, sorted, each once
  bool are_more = false;          ///< there are more than orphans_named_max
  std::string failure{};          ///< why the rows could not be read; otherwise empty
};

/// Looks along every foreign key within the URL's schema, and from workflows to their definitions;
/// in the partitioned layout also from workflows to `workflow_resource`. Reads the key of every row
/// and writes nothing. Returns a table only if it has such rows, or cannot be read.
///
/// PostgreSQL: in one snapshot, unless a table cannot be read. Thread-safe: each call opens a
/// connection of its own. Throws error as read_catalog().
[[nodiscard]] NAVA_EXPORT std::vector<orphaned_rows> find_orphans(
    const persistence::database_url& url);

}  // namespace nava::inspection
