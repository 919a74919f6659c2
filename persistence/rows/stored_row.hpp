// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/row.hpp>
#include <string_view>

#include "persistence/rows/json_text.hpp"
#include "persistence/rows/row_record.hpp"

namespace nava::persistence {

/// The form of a row within an answer.
enum class stored_form {
  json,   ///< an object with a key per column, or an array of the values of all columns
  record  ///< row_record.hpp
};

/// Of the values of all columns, in their order.
template <class Table>
[[nodiscard]] typename Table::row_type from_list(const json::array& values) {
  if (values.size() != Table::column_descriptions.size())
    throw schema::conversion_error{Table::name.view(), "*", "has another number of columns"};
  typename Table::row_type row;
  auto next = values.begin();
  schema::read_each_value<Table>(row, [&](auto, auto place) {
    const json::value& value = *next++;
    return value.is_null() ? place.set_null() : schema::detail::read(value, place.value());
  });
  return row;
}

/// Returns a row in one of these forms. Throws conversion_error for a value that does not fit.
template <class Table>
[[nodiscard]] typename Table::row_type row_from(std::string_view text, stored_form form) {
  if (form == stored_form::record) return from_record<Table>(text);
  // Read once and dropped whole, so its memory is taken and given back in large pieces.
  constexpr std::size_t bytes_per_byte = 4;  // of a row as a tree to its text
  json::monotonic_resource memory{std::max<std::size_t>(bytes_per_byte * text.size(), 1)};
  const json::value row = parse_stored_json(text, &memory);
  if (const json::array* values = row.if_array()) return from_list<Table>(*values);
  return schema::from_json<Table>(row.as_object());
}

}  // namespace nava::persistence
