// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/export.hpp>
#include <nava/workflow/workflow_history.hpp>
#include <string>
#include <vector>

/// Compares the stored rows of a workflow with its mutations, looks at events of the inbox, and
/// writes rows as JSON. All functions are pure and thread-safe.
namespace nava::engine {

/// Compares the rows of `history.state` and `history.tasks` with the replay of all mutations, but
/// for `revision`, `last_seq`, `_updated` and `chain`, and what workers write of a task: no
/// mutation has it. `history` is a whole one: a page of it differs.
///
/// Returns a line for each difference, in the order of the tables and the rows; empty where there
/// is none. A line names the table, the row by its primary key, and the column, but no other stored
/// value. If a mutation cannot be replayed, the only line says which one and why. Throws
/// schema::conversion_error for a time or an enumerator that has no text.
[[nodiscard]] NAVA_EXPORT std::vector<std::string> verify(const workflow_history& history);

/// Tells whatever contradicts itself in the stored rows of a workflow. Returns what verify() does,
/// and a line for each of these:
///
/// - a seq that no row or several have, and a revision that tells of more or fewer decisions than
///   there are events
/// - a mutation whose decision has no event, and a decision with two
/// - a status or a progress that does not follow from the steps
/// - an open task that is not on the agenda, a row of the agenda without one, a lease without an
///   owner, a fence below that of the task
/// - a hash chain that does not end as its rows say
/// - a row of the worklist that does not follow from the steps, or is not there
///
/// `history` is a whole one. A line names the table, the row by its primary key, and the column.
[[nodiscard]] NAVA_EXPORT std::vector<std::string> verify_workflow(const workflow_history& history);

/// Returns a line for whatever contradicts itself in an event of the inbox:
///
/// - a lease without an owner, of a FAILED event, or under a fence of 0
/// - an EARLY event that is never due
/// - columns that cannot be read
[[nodiscard]] NAVA_EXPORT std::vector<std::string> verify_event(
    const schema::workflow_inbox& event);

/// Returns the rows of `state`, with a key for each member of workflow_state: a row as an object of
/// its columns, a vector as an array of them. Throws as verify() does.
[[nodiscard]] NAVA_EXPORT json::object workflow_json(const workflow_state& state);

/// Returns the same of mutations, messages, events and tasks of `history`, without its state.
[[nodiscard]] NAVA_EXPORT json::object history_json(const workflow_history& history);

}  // namespace nava::engine
