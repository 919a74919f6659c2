// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/row.hpp>
#include <string>
#include <string_view>

/// Rows as the text of JSON objects, the form in which units of work go into statements: written
/// at once, since a tree of JSON values in between cost more than all else that a commit does here.
namespace nava::persistence {

/// Where a value belongs; for messages.
struct column_place {
  std::string_view table;
  std::string_view column;
  bool is_indexed = false;
};

/// Each appends `value` to `out` in the form that make_storable() gives it. Throws error
/// (invalid_input) for what it refuses, naming `place`.
void append_value(std::string& out, const uuid& value, const column_place& place);
void append_value(std::string& out, timestamp value, const column_place& place);
void append_value(std::string& out, std::string_view value, const column_place& place);
void append_value(std::string& out, bool value, const column_place& place);
void append_value(std::string& out, std::int64_t value, const column_place& place);
void append_value(std::string& out, double value, const column_place& place);
void append_value(std::string& out, const json::object& value, const column_place& place);
void append_value(std::string& out, const json::array& value, const column_place& place);

namespace detail {

template <class Table>
constexpr bool is_indexed(std::string_view column) {
  for (const auto& index : Table::index_descriptions)
    for (const std::string_view each : index.columns)
      if (each == column) return true;
  return false;
}

// Names of columns are identifiers and need no escaping.
inline void append_name(std::string& out, std::string_view column) {
  out.append(out.back() == '{' ? "\"" : ",\"").append(column).append("\":");
}

}  // namespace detail

/// Appends the columns of `row` to `out` as members of an object that has been opened, those that
/// are NULL left out.
template <class Table>
void append_members(std::string& out, const typename Table::row_type& row) {
  schema::for_each_column<Table>([&](auto column) {
    static constexpr std::string_view name = column.name.view();
    static constexpr column_place place{Table::name.view(), name, detail::is_indexed<Table>(name)};
    const auto append = [&](const auto& value) {
      detail::append_name(out, name);
      if constexpr (schema::NamedEnum<std::remove_cvref_t<decltype(value)>>)
        append_value(out, schema::to_text(value), place);
      else
        append_value(out, value, place);
    };
    const auto& member = row.*column.member;
    if constexpr (schema::detail::is_optional<std::remove_cvref_t<decltype(member)>>::value) {
      if (member) append(*member);
    } else {
      append(member);
    }
  });
}

/// Appends `row` as an object to a list of them, separated by commas.
template <class Table>
void append_row(std::string& out, const typename Table::row_type& row) {
  out += out.empty() ? "{" : ",{";
  append_members<Table>(out, row);
  out += '}';
}

}  // namespace nava::persistence
