// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/catalog.hpp>
#include <nava/inspection/finding.hpp>
#include <span>

namespace nava::inspection {

/// Where `live` differs from the tables that `expected` describes, each with the statement that
/// mends it where one can. `schema` is where the tables are (SQLite: `main`); tables there that are
/// neither described nor in `known` are findings too. Pure.
///
/// What the database enforces is compared: not the order of columns, nor how a condition is
/// spelled. A fault is one finding: a missing table does not list its columns, a renamed key is not
/// missing and extra, and what is made of a missing column is made by the statement of that column.
/// The statements can be run in the order of the findings, each one by itself (CONCURRENTLY refuses
/// a transaction), and then compared again: one that needs what another frees, such as a name,
/// takes a second round. They do not guess: one that meets rows which break what is described fails
/// and changes nothing, or leaves an invalid index or a constraint NOT VALID, which the next
/// comparison finds. None drops data, nor an index, trigger or rule that somebody may want: what
/// drops these stands in the message, for a person to run. On SQLite most of them make the table
/// anew, and there is none while the table has a column that is not described; such a line must
/// stop at its first error, as sqlite3_exec and the shell do, and fails where a row refers to
/// nothing. SQLite takes names for the same whatever their case in ASCII, and so does this.
///
/// Errors are what changes the outcome of a commit or a deletion; warnings cost time or space or
/// are nobody's harm; `not-read` is a note: see unread_expression, or a condition is beyond what
/// can be compared (CASE, subqueries).
///
/// Whether connections turn foreign keys on (SQLite) is not of the file, so not of this comparison.
[[nodiscard]] std::vector<finding> compare(const catalog& live,
                                           const database_description& expected,
                                           std::string_view schema,
                                           std::span<const std::string_view> known = {});

/// Where the storage of a partition, on PostgreSQL, differs from what is described for its table:
/// UNLOGGED, fillfactor, autovacuum and the parameters. Of `partition` only name, schema and
/// storage are read. The findings are as those of a plain table, and have the name of the
/// partition. Pure.
[[nodiscard]] std::vector<finding> compare_partition(const catalog_table& partition,
                                                     const table_description& described);

}  // namespace nava::inspection
