// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/column_set.hpp>
#include <nava/schema/row.hpp>
#include <nava/workflow/error.hpp>
#include <string_view>

namespace nava {

/// Bounds on what may be stored; anything beyond them is refused before any SQL.
inline constexpr std::size_t json_depth_max = 64;         ///< levels of nesting in a payload
inline constexpr std::size_t stored_depth_max = json_depth_max + 8;  ///< in its row, table, document
inline constexpr std::size_t key_bytes_max = 256;         ///< of a text that an index holds
inline constexpr std::size_t unit_bytes_max = 16u << 20;  ///< of one unit of work as JSON

/// Brings `value` into the form in which it will be loaded again, on either database: an
/// integral number becomes an integer, as jsonb has it. Throws error (invalid_input) for what
/// one of the databases would refuse, cut or change: NUL bytes, invalid UTF-8, numbers that
/// are not finite, nesting beyond json_depth_max. The message names the place, beginning with
/// `where`, and never the value. `levels_above` counts the levels of JSON that the value will lie
/// in. Pure and thread-safe.
void make_storable(json::value& value, std::string_view where, std::size_t levels_above = 0);

/// Bytes that `value` has at least as JSON. Looks at each part of it once and copies nothing, so
/// that what is far too large is refused at the first look.
[[nodiscard]] std::size_t least_size(const json::value& value);
[[nodiscard]] std::size_t least_size(const json::object& value);
[[nodiscard]] std::size_t least_size(const json::array& value);

/// The same of these columns of a row.
template <class Table>
[[nodiscard]] std::size_t least_size(const typename Table::row_type& row,
                                     schema::column_set columns = schema::all_columns);

/// Throws error (invalid_input) where `size` is more than unit_bytes_max. `what` begins the
/// message.
void check_size(std::size_t size, std::string_view what);

/// `row` as an object with a key per column. Throws error (invalid_input) for a time that no
/// database could hold.
template <class Table>
[[nodiscard]] json::object to_object(const typename Table::row_type& row) {
  try {
    return schema::to_json<Table>(row);
  } catch (const schema::conversion_error& misfit) {
    throw error{error_kind::invalid_input, misfit.what()};
  }
}

namespace detail {

inline std::size_t texts_size(const std::vector<std::string>& texts) {
  std::size_t size = 0;
  for (const std::string& each : texts) size += each.size();
  return size;
}

template <class Value>
std::size_t least_size_of(const Value& value) {
  if constexpr (std::is_same_v<Value, std::string> || std::is_same_v<Value, bytes>)
    return value.size();
  else if constexpr (std::is_same_v<Value, std::vector<std::string>>)
    return texts_size(value);
  else if constexpr (std::is_same_v<Value, json::object> || std::is_same_v<Value, json::array>)
    return least_size(value);
  else
    return 1;
}

}  // namespace detail

template <class Table>
std::size_t least_size(const typename Table::row_type& row, schema::column_set columns) {
  std::size_t size = 0, position = 0;
  schema::for_each_column<Table>([&](auto column) {
    const auto& member = row.*column.member;
    if (!schema::has_column(columns, position++)) return;
    if constexpr (schema::detail::is_optional<std::remove_cvref_t<decltype(member)>>::value) {
      if (member) size += detail::least_size_of(*member);
    } else {
      size += detail::least_size_of(member);
    }
  });
  return size;
}

}  // namespace nava
