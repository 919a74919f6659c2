// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/export.hpp>
#include <nava/workflow/found.hpp>
#include <nava/workflow/workflow_history.hpp>
#include <string>
#include <string_view>
#include <vector>

/// A workflow as it was, and what has changed since. All functions are pure and thread-safe.
namespace nava::engine {

/// A column that has another value.
struct column_change {
  std::string_view column{};  ///< its name; refers to static storage
  json::value before{};       ///< null where there was no row
  json::value after{};        ///< null where there is no row any more
};

/// A row that has come, gone or changed.
struct row_change {
  std::string_view table{};              ///< its name; refers to static storage
  std::string row{};                     ///< what tells it apart in its workflow; empty: only one
  bool was_there = false;                ///< in the state before
  bool is_there = false;                 ///< in the state after
  std::vector<column_change> columns{};  ///< that differ, in the order of the table
};

/// Returns the rows that differ in two states of a workflow, in the order of the tables, then of
/// their names. A default state has no rows: what begins differs in all of them. Throws
/// schema::conversion_error for a time or an enumerator that has no text.
[[nodiscard]] NAVA_EXPORT std::vector<row_change> difference(const workflow_state& before,
                                                             const workflow_state& after);

/// Returns the last `seq` of the decisions that were made until a time: of those before the first
/// that was made later. 0 where none was.
[[nodiscard]] NAVA_EXPORT std::int64_t seq_at(const workflow_history& history, timestamp at);

/// Returns the workflow as the decision left it that stored the `seq`-th of its mutations, messages
/// and events. Empty where it was not there yet.
///
/// It is made of the mutations: `revision`, `last_seq` and `chain` are those that it began with.
/// `tasks` are all until then, finished ones too, without what workers wrote. `history` is a whole
/// one. Throws std::invalid_argument for a mutation that cannot be replayed, and says which one and
/// why.
[[nodiscard]] NAVA_EXPORT found<workflow_state> state_at(const workflow_history& history,
                                                         std::int64_t seq);

}  // namespace nava::engine
