// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <string_view>

#include "persistence/connection.hpp"

/// Reads what the load and history statements of both databases answer with: one JSON
/// object that has a key per table, or null where the table has no rows.
namespace nava::persistence {

[[nodiscard]] std::vector<loaded_workflow> loaded_from(const std::vector<connection::row>& rows);
[[nodiscard]] std::optional<workflow_history> history_from(
    const std::vector<connection::row>& rows);
[[nodiscard]] std::vector<schema::workflow> workflows_from(
    const std::vector<connection::row>& rows);
[[nodiscard]] std::vector<schema::workflow_definition> definitions_from(
    const std::vector<connection::row>& rows);
[[nodiscard]] std::vector<table_rows> counts_from(const std::vector<connection::row>& rows);

}  // namespace nava::persistence
