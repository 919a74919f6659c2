// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "persistence/sql_store.hpp"

/// The SQL of the PostgreSQL store, made once from the description of the tables.
namespace nava::persistence::postgresql {

/// Which of child_parts() have rows. A statement has those parts alone: one that has all of them
/// takes half as long again, empty or not.
using unit_shape = std::bitset<16>;

/// Tables of the application that a unit has rows for, in the order of their parameters.
using extension_tables = std::vector<const schema::table_description*>;

/// A script that a session runs before these statements, and on which their plans rely: with it
/// each descends an index, however few rows a table had when the server last analyzed it or made
/// the plan. It leaves alone what somebody has set for the database, the role or the session.
[[nodiscard]] std::string plan_settings(layout layout);

/// Units of work as one statement, with the rows of each part in a parameter of its own, as a JSON
/// array, after those named here; last those of the application's tables.
[[nodiscard]] statement create_statement(std::string_view schema, layout layout, unit_shape shape,
                                         const extension_tables& extensions);  ///< root
[[nodiscard]] statement commit_statement(std::string_view schema, layout layout, unit_shape shape,
                                         const extension_tables& extensions);  ///< root
/// Roots as a JSON array. It passes over workflows that others hold.
[[nodiscard]] statement commit_all_statement(std::string_view schema, layout layout,
                                             unit_shape shape, const extension_tables& extensions);

/// Keeps others from adding rows to a workflow: id -> id, if it is there.
[[nodiscard]] statement hold_statement(std::string_view schema);

[[nodiscard]] query_set queries(std::string_view schema, layout layout,
                                const tombstone_policy& tombstones = {});

/// A column's value as rows have it that come back as JSON: a decimal as text, since numbers of
/// JSON are read as doubles.
[[nodiscard]] std::string json_value(const schema::column_description& column,
                                     std::string_view alias);

/// The statements of sql_store for rows of any described table.
[[nodiscard]] statement rows_statement(std::string_view schema,
                                       const schema::table_description& table, verb what);
[[nodiscard]] statement related_statement(std::string_view schema, const related_request& what);

}  // namespace nava::persistence::postgresql
