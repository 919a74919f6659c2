// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/workflow/unit_of_work.hpp>
#include <span>

#include "benchmarks/workload.hpp"

/// Ways to store a decision without Nava, written by hand for the decisions that are measured: an
/// update of workflow against its revision, steps, mutations, messages and events, with the columns
/// that they fill. Each has a connection of its own and statements that are prepared once. A call
/// stores its decisions durably; it throws std::runtime_error where a workflow is not at the
/// revision that was read.
namespace nava::benchmarks {

using commit_one = std::function<void(const nava::unit_of_work&)>;
using commit_batch = std::function<void(std::span<const nava::unit_of_work* const>)>;

/// The floor. On PostgreSQL one statement and one round trip, with an array for each column; on
/// SQLite a prepared statement for each row in one transaction.
[[nodiscard]] commit_one plain_commits(const options& given);

/// A prepared statement for each row in one transaction.
[[nodiscard]] commit_one row_by_row_commits(const options& given);

/// Decisions on different workflows in one statement with arrays. The limit of group commit,
/// because no decision waits for another. Leaves out updates of steps. PostgreSQL.
[[nodiscard]] commit_batch plain_batch_commits(const options& given);

}  // namespace nava::benchmarks
