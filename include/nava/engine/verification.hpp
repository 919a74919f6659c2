// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/workflow/workflow_history.hpp>
#include <string>
#include <vector>

/// Whether the stored rows of a workflow are what its mutations made of it, and these rows as JSON.
/// All functions are pure and thread-safe.
namespace nava::engine {

/// Compares the rows of a workflow with the replay of its mutations.
///
/// Compared are the rows of `workflow`, `workflow_step`, `workflow_stage`, `workflow_participant`,
/// `workflow_memory` and `workflow_task`, the tasks being `history.tasks`. Not compared are the
/// columns `revision`, `last_seq` and `_updated` of `workflow`, which no mutation records.
///
/// Returns a line for each difference, in the order of the tables and the rows. A line names the
/// table, the row by its primary key, and the column, but no stored value. Empty where the rows
/// are as the mutations made them. If a mutation cannot be replayed, the only line says which one
/// and why. Throws schema::conversion_error for a time or an enumerator that has no text.
[[nodiscard]] std::vector<std::string> verify(const workflow_history& history);

/// The rows of `state`, with a key for each member of workflow_state: one row as an object of its
/// columns, several rows as an array of them. Throws as verify() does.
[[nodiscard]] json::object workflow_json(const workflow_state& state);

/// The same of the mutations, messages, events and tasks of `history`, without its state.
[[nodiscard]] json::object history_json(const workflow_history& history);

}  // namespace nava::engine
