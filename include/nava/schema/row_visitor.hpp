// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/exception.hpp>
#include <nava/export.hpp>
#include <nava/schema/column_set.hpp>

/// The values of a row, column by column: what every form of a row is written and read with. All
/// functions are pure and thread-safe.
namespace nava::schema {

/// A value that does not fit its column; says which column, never the value.
class NAVA_EXPORT conversion_error : public exception {
 public:
  conversion_error(std::string_view table, std::string_view column,
                   std::string_view why = "does not have the form of its column")
      : exception("a value of " + std::string{table} + "." + std::string{column} + " " +
                  std::string{why}) {}

  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::program; }
};

namespace detail {

template <class Value>
const Value* value_in(const Value& member) {
  return &member;
}
template <class Value>
const Value* value_in(const std::optional<Value>& member) {
  return member ? &*member : nullptr;
}

}  // namespace detail

/// The member of a row that a value is read into.
template <class Member>
class value_place {
 public:
  explicit value_place(Member& member) : member_(member) {}

  /// The value to overwrite.
  [[nodiscard]] auto& value() {
    if constexpr (nullability<Member>::nullable)
      return member_.emplace();
    else
      return member_;
  }

  /// Sets NULL; returns false if the column has none.
  [[nodiscard]] bool set_null() {
    if constexpr (nullability<Member>::nullable) member_.reset();
    return nullability<Member>::nullable;
  }

 private:
  Member& member_;
};

/// Calls `visit(column_part, value)` for each column of `Table`, in order. `value` points into
/// `row`. `value` is null for NULL and for a column outside of `columns`.
template <class Table, class Visitor>
void for_each_value(const typename Table::row_type& row, column_set columns, Visitor visit) {
  std::size_t position = 0;
  for_each_column<Table>([&](auto column) {
    const auto* value = detail::value_in(row.*column.member);
    visit(column, has_column(columns, position++) ? value : nullptr);
  });
}

/// Calls `read(column_part, value_place)` for each column of `Table`, in order. Throws
/// conversion_error for the first column of which `read` returns false.
template <class Table, class Reader>
void read_each_value(typename Table::row_type& row, Reader read) {
  for_each_column<Table>([&](auto column) {
    if (!read(column, value_place{row.*column.member}))
      throw conversion_error{Table::name.view(), column.name.view()};
  });
}

}  // namespace nava::schema
