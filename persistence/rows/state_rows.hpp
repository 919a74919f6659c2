// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <nava/schema/table.hpp>
#include <string_view>

#include "persistence/connection/connection.hpp"
#include "persistence/rows/stored_row.hpp"

/// Reads what the statements of both databases answer with.
namespace nava::persistence {

/// The form of the rows that a statement answers with.
[[nodiscard]] inline stored_form form_of(const statement& what) {
  return what.is_binary() ? stored_form::record : stored_form::json;
}

/// What a load answers beside rows of tables: the workflow to which the event that was asked for
/// has been applied.
struct applied_event {
  uuid workflow_id{};
};
struct applied_event_table
    : schema::table<applied_event, "applied_event",
                    schema::column<"workflow_id", &applied_event::workflow_id>,
                    schema::primary_key<&applied_event::workflow_id>> {};

/// Of rows in any order, each the name of its table and a row of it.
[[nodiscard]] std::vector<loaded_workflow> loaded_from(const std::vector<connection::row>& rows,
                                                       stored_form form);
[[nodiscard]] std::optional<workflow_history> history_from(const std::vector<connection::row>& rows,
                                                           stored_form form);

/// Of rows of one table, each a JSON object.
[[nodiscard]] std::vector<schema::workflow> workflows_from(
    const std::vector<connection::row>& rows);
[[nodiscard]] std::vector<schema::workflow_definition> definitions_from(
    const std::vector<connection::row>& rows);
/// By seq. A row is inbox_columns and the object; one that cannot be read says so.
[[nodiscard]] std::vector<schema::workflow_inbox> events_from(
    const std::vector<connection::row>& rows);

[[nodiscard]] std::vector<table_rows> counts_from(const std::vector<connection::row>& rows);

}  // namespace nava::persistence
