// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/schema/types.hpp>

#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// Reads the columns of a workflow and of its steps, stages, participants, memory and open tasks by
/// one hand-written statement, prepared once. Copies the result in the form in which it comes, and
/// parses nothing. Throws std::runtime_error where there is no such workflow.
using load_workflow = std::function<void(const uuid&)>;

/// The floor: a row for each row, the tables one after the other by UNION ALL. On PostgreSQL as
/// records in binary form, on SQLite column by column. No other form that was tried is as fast.
[[nodiscard]] load_workflow row_loads(const options& given);

/// One row of JSON documents. PostgreSQL.
[[nodiscard]] load_workflow json_loads(const options& given);

}  // namespace nava::benchmarks
