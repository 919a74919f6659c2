// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/schema/types.hpp>
#include <span>
#include <string>

#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// Deletes workflows without Nava, with all their rows, durably and in one transaction. Each has a
/// connection of its own and prepared statements: one for a single id, one for a batch. Throws
/// std::runtime_error where a workflow was not there.
using delete_workflows = std::function<void(std::span<const uuid> ids)>;

/// The floor: one `DELETE FROM workflow`. The cascade is the database's.
[[nodiscard]] delete_workflows plain_deletes(const options& given, const std::string& schema);

/// For tables without foreign keys: a DELETE for each table in one transaction, sent at once.
/// PostgreSQL.
[[nodiscard]] delete_workflows deletes_by_hand(const options& given, const std::string& schema);

/// Reads the keys of the child rows and deletes each row by a statement.
[[nodiscard]] delete_workflows row_by_row_deletes(const options& given, const std::string& schema);

}  // namespace nava::benchmarks
