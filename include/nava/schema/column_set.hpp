// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <nava/schema/table.hpp>

/// Sets of columns, for rows that are written in part. Pure functions; safe to call from any
/// thread.
namespace nava::schema {

/// A bit for each of the first 32 columns, in the order of the table's description, the lowest bit
/// first. Further columns, which only a table of an application can have, are in every set.
using column_set = std::uint32_t;

inline constexpr column_set all_columns = ~column_set{0};
inline constexpr std::size_t column_set_size = 32;

[[nodiscard]] constexpr bool has_column(column_set columns, std::size_t position) {
  return position >= column_set_size || (columns >> position & 1) != 0;
}

/// Returns the columns of `Table` whose names `is_meant` accepts. The table has at most 32 columns.
template <class Table, class Predicate>
[[nodiscard]] constexpr column_set columns_where(Predicate is_meant) {
  static_assert(Table::column_descriptions.size() <= column_set_size);
  column_set columns = 0;
  column_set bit = 1;
  for (const auto& column : Table::column_descriptions) {
    if (is_meant(column.name)) columns |= bit;
    bit <<= 1;
  }
  return columns;
}

/// Returns the columns of the primary key.
template <class Table>
[[nodiscard]] constexpr column_set key_columns() {
  return columns_where<Table>([](std::string_view name) {
    for (const std::string_view each : Table::index_descriptions.front().columns)
      if (each == name) return true;
    return false;
  });
}

/// Returns the columns whose names are keys of `object`, a row or a part of a row as JSON.
template <class Table>
[[nodiscard]] column_set columns_in(const json::object& object) {
  return columns_where<Table>([&](std::string_view name) { return object.contains(name); });
}

/// Returns a row with the values that `row` has in `columns`. The other members are as in a new
/// row.
template <class Table>
[[nodiscard]] typename Table::row_type part_of(const typename Table::row_type& row,
                                               column_set columns) {
  typename Table::row_type part;
  std::size_t position = 0;
  for_each_column<Table>([&](auto column) {
    if (has_column(columns, position++)) part.*column.member = row.*column.member;
  });
  return part;
}

}  // namespace nava::schema
