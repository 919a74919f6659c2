// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/schema/row.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Rows as text, the form in which units of work go into statements: as JSON objects, or value by
/// value. Written at once, since a tree of JSON values in between cost more than all else that a
/// commit does here.
namespace nava::persistence {

/// The values of a row in the order of its columns; none is NULL, or not written.
using row_values = std::vector<std::optional<std::string>>;

/// Where a value belongs; for messages.
struct column_place {
  std::string_view table;
  std::string_view column;
  bool is_indexed = false;
};

/// Throws error (invalid_input) for what make_storable() refuses of a text, naming `place`.
void check_text(std::string_view text, const column_place& place);

/// Appends `text` to `out` as a JSON string.
void append_quoted(std::string& out, std::string_view text);

namespace detail {

/// Throws error (invalid_input) for a value that has no text; `why` is what misfit_of() says.
[[noreturn]] void refuse_misfit(const column_place& place, std::string_view why);

[[nodiscard]] std::string json_text_of(bool value, const column_place& place);
[[nodiscard]] std::string json_text_of(std::int64_t value, const column_place& place);
[[nodiscard]] std::string json_text_of(double value, const column_place& place);
[[nodiscard]] std::string json_text_of(const json::object& value, const column_place& place);
[[nodiscard]] std::string json_text_of(const json::array& value, const column_place& place);

// The text of a value in the form that make_storable() gives it; a JSON string without its quotes.
// Throws error (invalid_input) for what make_storable() refuses.
template <class Value>
decltype(auto) storable_text(const Value& value, const column_place& place) {
  if constexpr (schema::detail::is_text<Value>) {
    if (const auto why = schema::detail::misfit_of(value); !why.empty()) refuse_misfit(place, why);
    if constexpr (std::is_same_v<Value, std::string>) check_text(value, place);
    return schema::detail::text_of(value);
  } else {
    return json_text_of(value, place);
  }
}

template <class Table>
constexpr bool is_indexed(std::string_view column) {
  for (const auto& index : Table::index_descriptions)
    for (const std::string_view each : index.columns)
      if (each == column) return true;
  return false;
}

template <class Table, class Column>
inline constexpr column_place place_of{Table::name.view(), Column::name.view(),
                                       is_indexed<Table>(Column::name.view())};

}  // namespace detail

/// Appends these columns of `row` to `out` as members of an object that has been opened, those that
/// are NULL left out.
template <class Table>
void append_members(std::string& out, const typename Table::row_type& row,
                    schema::column_set columns = schema::all_columns) {
  schema::for_each_value<Table>(row, columns, [&](auto column, const auto* value) {
    if (value == nullptr) return;
    const auto& place = detail::place_of<Table, decltype(column)>;
    // Names of columns are identifiers and need no escaping.
    out.append(out.back() == '{' ? "\"" : ",\"").append(place.column).append("\":");
    if constexpr (schema::detail::is_text<std::remove_cvref_t<decltype(*value)>>)
      append_quoted(out, detail::storable_text(*value, place));
    else
      out += detail::storable_text(*value, place);
  });
}

/// Appends `row` as an object to a list of them, separated by commas.
template <class Table>
void append_row(std::string& out, const typename Table::row_type& row) {
  out += out.empty() ? "{" : ",{";
  append_members<Table>(out, row);
  out += '}';
}

/// What a statement that updates takes for the columns that it writes: a column_set of the table.
template <class Table>
[[nodiscard]] std::string written_text(schema::column_set columns) {
  return fmt::format_int{columns & schema::columns_where<Table>([](auto) { return true; })}.str();
}

/// The same of a row that is there and of which `columns` are written: its key, these columns and
/// the member `written`.
template <class Table>
void append_update(std::string& out, const typename Table::row_type& row,
                   schema::column_set columns) {
  out += out.empty() ? "{" : ",{";
  append_members<Table>(out, row, columns | schema::key_columns<Table>());
  out.append(",\"written\":").append(written_text<Table>(columns)) += '}';
}

template <class Table>
[[nodiscard]] row_values values_of(const typename Table::row_type& row,
                                   schema::column_set columns = schema::all_columns) {
  row_values values;
  values.reserve(Table::column_descriptions.size() + 3);
  schema::for_each_value<Table>(row, columns, [&](auto column, const auto* value) {
    if (value == nullptr)
      values.emplace_back();
    else
      values.emplace_back(detail::storable_text(*value, detail::place_of<Table, decltype(column)>));
  });
  return values;
}

/// The values of a row that is there, of which `columns` are written, and after them `written`.
template <class Table>
[[nodiscard]] row_values update_of(const typename Table::row_type& row,
                                   schema::column_set columns) {
  row_values values = values_of<Table>(row, columns | schema::key_columns<Table>());
  values.push_back(written_text<Table>(columns));
  return values;
}

}  // namespace nava::persistence
