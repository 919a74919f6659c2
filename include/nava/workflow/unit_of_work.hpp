// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/column_set.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <utility>
#include <vector>

namespace nava {

/// A workflow as a decision needs it: everything but its past. Tasks are the ones that
/// are not finished. Steps are in the order of `index`, stages in that of `order`.
struct workflow_state {
  schema::workflow workflow;
  std::vector<schema::workflow_step> steps;
  std::vector<schema::workflow_stage> stages;
  std::vector<schema::workflow_participant> participants;
  schema::workflow_memory memory;
  std::vector<schema::workflow_task> tasks;
};

/// What has happened to a workflow, in the order of seq, with all of its tasks, and the state
/// that it led to.
struct workflow_history {
  std::vector<schema::workflow_mutation> mutations;
  std::vector<schema::workflow_message> messages;
  std::vector<schema::workflow_event> events;
  std::vector<schema::workflow_task> tasks;
  workflow_state state;
};

/// The new values of a row that is there. `columns` are written, all others of the row stay as they
/// are stored; the primary key says which row it is, whether it stands in `columns` or not.
template <class Row>
struct row_update : Row {
  schema::column_set columns = schema::all_columns;

  row_update() = default;
  row_update(Row row, schema::column_set written = schema::all_columns)
      : Row(std::move(row)), columns(written) {}
};

/// Rows of a table that come and change, each in its final form and in one list only.
template <class Row>
struct row_changes {
  std::vector<Row> inserted;
  std::vector<row_update<Row>> updated;
};

/// Rows of a table that is all key: they come and go.
template <class Row>
struct member_changes {
  std::vector<Row> inserted;
  std::vector<Row> removed;
};

/// What one decision wants stored, all of it or nothing, against the revision it was made
/// from. A row stands in it once, however often the decision changed it; the mutations
/// keep every change. A store refuses (invalid_input) a row of another workflow, two rows of one
/// primary key, and two of the mutations, messages and events with one seq.
struct unit_of_work {
  uuid transaction_id{};
  std::int64_t read_revision = 0;  ///< 0 where the unit creates the workflow
  /// With revision read_revision + 1. A unit that creates the workflow has a revision that no
  /// earlier workflow with the same id has had, such as first_revision(); so a unit that
  /// was made for the earlier one is a conflict.
  schema::workflow workflow;
  /// What of `workflow` is written where the unit does not create it.
  schema::column_set workflow_columns = schema::all_columns;
  row_changes<schema::workflow_step> steps;
  row_changes<schema::workflow_stage> stages;
  member_changes<schema::workflow_participant> participants;
  row_changes<schema::workflow_memory> memory;
  row_changes<schema::workflow_task> tasks;
  std::vector<schema::workflow_mutation> mutations;
  std::vector<schema::workflow_message> messages;
  std::vector<schema::workflow_event> events;
};

/// What became of a unit of work.
enum class commit_result {
  applied,
  already_applied,  ///< by an earlier try of the same transaction id
  conflict          ///< the workflow has moved on, is gone, or (create) exists already
};

}  // namespace nava
