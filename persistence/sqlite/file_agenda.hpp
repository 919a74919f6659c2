// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "persistence/commit/unit_parts.hpp"
#include "persistence/connection/connection.hpp"
#include "persistence/sqlite/file_statements.hpp"

/// What a unit of work does to the agenda of a SQLite file besides its tasks, within the
/// transaction of the unit. A row is on the agenda exactly as long as its task is open.
namespace nava::persistence::sqlite {

/// Returns whether each task that the unit updates is as the unit expects it. A row that writes a
/// fence settles: its task must run under that fence. One that writes a status cancels: its task
/// must be open. Any other must find its task unclaimed, but one that goes back to SCHEDULED.
[[nodiscard]] bool has_expected_tasks(connection& on, const agenda_statements& agenda,
                                      const ready_unit& unit);

/// Puts tasks on the agenda, takes them off, and puts them back, as the unit's tasks say. `now` is
/// the earliest that a task is due.
void follow_tasks(connection& on, const agenda_statements& agenda, const ready_unit& unit,
                  timestamp now);

}  // namespace nava::persistence::sqlite
