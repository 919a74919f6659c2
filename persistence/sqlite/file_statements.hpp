// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "persistence/sql_store.hpp"
#include "persistence/sqlite/file_task_statements.hpp"

/// The SQL of the SQLite store, made once from the description of the tables.
namespace nava::persistence::sqlite {

/// A unit of work as one transaction: there is no network to save a round trip on, so it is a
/// statement for each row. Taking rows apart as JSON, a statement for all of a part, took half as
/// long again.
struct unit_statements {
  unit_statements();

  statement begin;
  statement commit;
  statement create_root;  ///< values -> id, if the workflow was new
  statement move_root;    ///< values, written, revision, event key -> id, if it was at the revision
  /// The same without the columns of indexes. SQLite writes each index anew of which an UPDATE
  /// names a column, whatever its value.
  statement move_root_in_place;
  std::vector<std::size_t> values_in_place;  ///< which of `ready_unit::root_values` it takes
  std::vector<statement> children;  ///< ready_unit::child_values; in the order of child_parts()
  agenda_statements agenda;
};

[[nodiscard]] query_set queries(const tombstone_policy& tombstones = {});

/// A column's value as rows have it that come back as JSON.
[[nodiscard]] std::string json_value(const schema::column_description& column,
                                     std::string_view alias);

/// The statements of sql_store for rows of any described table.
[[nodiscard]] statement rows_statement(const schema::table_description& table, verb what);
[[nodiscard]] statement related_statement(const related_request& what);

}  // namespace nava::persistence::sqlite
