// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What a unit of work does to the agenda besides its tasks, as parts of its statement. A row is on
/// the agenda exactly as long as its task is open. `schema` is quoted; `rows` names the parameter
/// that has the rows of tasks.
namespace nava::persistence::postgresql {

/// Puts inserted tasks on the agenda.
[[nodiscard]] std::string agenda_of_inserted_tasks(std::string_view schema, std::string_view rows);

/// Takes updated tasks off the agenda, or puts them back.
[[nodiscard]] std::string agenda_of_updated_tasks(std::string_view schema, std::string_view rows);

/// Finds the updated tasks that are as the unit expects them, and locks their rows of the agenda:
/// `expected_task`, a row of `workflow_id` for each. The rows come from the workflows in `locked`.
/// `around_locks` is ` SKIP LOCKED` where a locked row counts as another than expected.
[[nodiscard]] std::string expected_tasks(std::string_view schema, std::string_view rows,
                                         std::string_view around_locks);

}  // namespace nava::persistence::postgresql
