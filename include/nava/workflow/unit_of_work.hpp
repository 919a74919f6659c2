// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/column_set.hpp>
#include <nava/schema/description.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <utility>
#include <vector>

/// What a decision hands to a store. Values: threads may read one object.
namespace nava {

/// New values of a stored row. A store writes `columns` and leaves the others. It finds the row by
/// the primary key, whether `columns` has it or not.
template <class Row>
struct row_update : Row {
  schema::column_set columns = schema::all_columns;  ///< to write

  row_update() = default;
  /// A store writes the columns `written` of `row`.
  row_update(Row row, schema::column_set written = schema::all_columns)
      : Row(std::move(row)), columns(written) {}
};

/// Rows of a table to insert and to update, each in its final form and in one list only.
template <class Row>
struct row_changes {
  std::vector<Row> inserted;             ///< not stored yet
  std::vector<row_update<Row>> updated;  ///< stored by earlier decisions
};

/// Rows to insert and to remove, of a table whose columns are all in its primary key.
template <class Row>
struct member_changes {
  std::vector<Row> inserted;  ///< not stored yet
  std::vector<Row> removed;   ///< stored by earlier decisions
};

/// Rows that come and go with what they follow from.
template <class Row>
struct entry_changes {
  std::vector<Row> inserted;             ///< not stored yet
  std::vector<row_update<Row>> updated;  ///< stored by earlier decisions
  std::vector<Row> removed;              ///< found by the primary key
};

/// Rows of an application's table that go with a workflow, to insert with a decision. Objects with
/// a key per column.
struct extension_rows {
  const schema::table_description* table = nullptr;  ///< outlives the store
  json::array rows;                                  ///< to insert
};

/// What one decision wants stored, all of it or nothing, against the revision it was made from. A
/// row stands in it once, in its final form; the mutations keep every change. The first event is
/// the cause. A store refuses (invalid_input) a unit without an event, a revision that is not the
/// next, a row of another workflow, two rows of one primary key, and two mutations, messages or
/// events with one seq.
struct unit_of_work {
  uuid transaction_id{};           ///< the decision's, in its mutations and events
  std::int64_t read_revision = 0;  ///< 0 where the unit creates the workflow
  /// Has revision read_revision + 1. Where the unit creates it: a revision that no earlier workflow
  /// of this id had, such as first_revision(), so that a unit made for that one is a conflict.
  schema::workflow workflow;
  /// The columns of `workflow` to write where the unit does not create it.
  schema::column_set workflow_columns = schema::all_columns;
  ///@{
  /// The rows of the workflow that the decision has changed.
  row_changes<schema::workflow_step> steps;
  row_changes<schema::workflow_stage> stages;
  member_changes<schema::workflow_participant> participants;
  row_changes<schema::workflow_memory> memory;
  row_changes<schema::workflow_task> tasks;
  entry_changes<schema::workflow_worklist> worklist;
  ///@}
  std::vector<extension_rows> extensions;  ///< a table once
  ///@{
  /// What the decision adds to the past of the workflow, in the order of `seq`.
  std::vector<schema::workflow_mutation> mutations;
  std::vector<schema::workflow_message> messages;
  std::vector<schema::workflow_event> events;
  ///@}
};

/// What has become of a unit of work.
enum class commit_result {
  applied,          ///< by this call
  already_applied,  ///< by an earlier try with this transaction id
  /// Another revision, no such workflow, or the key of the cause is stored; for a create, the id or
  /// the resource is taken. Nothing was written.
  conflict
};

}  // namespace nava
