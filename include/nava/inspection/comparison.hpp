// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/inspection/catalog.hpp>
#include <nava/inspection/finding.hpp>
#include <span>

namespace nava::inspection {

/// Compares the tables of `live` in `schema` (SQLite: `main`) with those that `expected` describes.
/// Returns the differences, each with the statement that mends it where one can; empty where there
/// are none. A table of the schema that is neither described nor in `known` is a finding too. Pure;
/// safe to call from any thread.
///
/// The comparison:
/// - It compares what the database enforces, not the order of columns or the spelling of a
/// condition.
/// - A fault is one finding. A missing table does not list its columns. A renamed key is not both
///   missing and extra. The statement of a missing column also creates the keys and indexes of it.
/// - On SQLite, names that differ only in ASCII case are the same.
/// - It cannot see whether connections to SQLite turn foreign keys on, which the file does not
/// store.
///
/// The statements:
/// - Run them in the order of the findings, each by itself, because CONCURRENTLY refuses a
///   transaction. Then compare again: a statement may need a name that another statement frees.
/// - A statement fails where rows break the description. It then changes nothing, or leaves an
/// invalid
///   index or a constraint NOT VALID, which the next comparison finds.
/// - No statement drops data, or an index, trigger or rule that is not described. The message has
/// the
///   statement that does, for a person to run.
/// - On SQLite most statements rebuild the table. There is none while the table has a column that
/// is
///   not described. Such a line must stop at its first error, as sqlite3_exec and the shell do. It
///   fails where a row refers to no row.
///
/// Severities: an error changes the outcome of a commit or a deletion. A warning costs time or
/// space, or is harmless. `not-read` is a note: the expression could not be read (see
/// unread_expression) or cannot be compared (CASE, subqueries).
[[nodiscard]] NAVA_EXPORT std::vector<finding> compare(
    const catalog& live, const database_description& expected, std::string_view schema,
    std::span<const std::string_view> known = {});

/// Compares the storage of a partition on PostgreSQL with what is described for its table:
/// UNLOGGED, fillfactor, autovacuum and the storage parameters. It reads only name, schema and
/// storage of `partition`. Returns the findings as compare() does, under the name of the partition.
/// Pure; safe to call from any thread.
[[nodiscard]] NAVA_EXPORT std::vector<finding> compare_partition(
    const catalog_table& partition, const table_description& described);

}  // namespace nava::inspection
