// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>
#include <string>
#include <string_view>

/// What the statements of the SQLite store say of a table, made from its description.
namespace nava::persistence::sqlite {

[[nodiscard]] bool is_key(const schema::table_description& table, std::string_view column);

[[nodiscard]] const schema::column_description& column_of(const schema::table_description& table,
                                                          std::string_view name);

/// `extracted`, a value taken out of JSON, as its column stores it.
[[nodiscard]] std::string stored(const schema::column_description& column,
                                 const std::string& extracted);

/// The value of a column in the JSON object `row`, as the column stores it.
[[nodiscard]] std::string value_in(std::string_view row, const schema::column_description& column);

/// The columns of a table as a list, and their values in the JSON object `row`.
[[nodiscard]] std::string columns_of(const schema::table_description& table);
[[nodiscard]] std::string values_in(std::string_view row, const schema::table_description& table);

/// The row `alias` of a table as a JSON object with a key per column.
[[nodiscard]] std::string object_of(const schema::table_description& table, std::string_view alias);
/// Of one of Nava's tables.
[[nodiscard]] std::string object_of(std::string_view table, std::string_view alias);
/// The same as a JSON array of the values, in the order of the columns. Without the keys a load of
/// a workflow takes a fifth less time.
[[nodiscard]] std::string list_of(std::string_view table, std::string_view alias);

/// The row `alias` of workflow is under a legal hold.
[[nodiscard]] std::string is_under_legal_hold(std::string_view alias);

}  // namespace nava::persistence::sqlite
