// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/task_queue.hpp>
#include <nava/schema/table.hpp>
#include <string_view>

#include "persistence/rows/stored_row.hpp"

/// What a claim answers.
namespace nava::persistence {

/// The description of a leased task with what its handler has to know, as claims select it.
[[nodiscard]] const schema::table_description& leased_task_description();

/// Returns the lease in a row of leased_task_description(). Throws error (other) for a value that
/// does not fit.
[[nodiscard]] task_lease lease_from(std::string_view text, stored_form form);

}  // namespace nava::persistence
