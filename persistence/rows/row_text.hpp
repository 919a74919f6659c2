// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <nava/schema/column_set.hpp>
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

/// The text of a value in the form that make_storable() gives it; a JSON string without its quotes.
/// Throws error (invalid_input) for what make_storable() refuses, naming `place`.
[[nodiscard]] std::string text_of(const uuid& value, const column_place& place);
[[nodiscard]] std::string text_of(timestamp value, const column_place& place);
[[nodiscard]] std::string text_of(std::string_view value, const column_place& place);
[[nodiscard]] std::string text_of(bool value, const column_place& place);
[[nodiscard]] std::string text_of(std::int64_t value, const column_place& place);
[[nodiscard]] std::string text_of(double value, const column_place& place);
[[nodiscard]] std::string text_of(const json::object& value, const column_place& place);
[[nodiscard]] std::string text_of(const json::array& value, const column_place& place);

/// Throws error (invalid_input) for a value of an enumeration that has no name.
[[noreturn]] void refuse_value_without_name(const column_place& place);

/// Appends `text` to `out` as a JSON string.
void append_quoted(std::string& out, std::string_view text);

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

// What JSON writes in quotes.
template <class Value>
inline constexpr bool is_quoted = std::is_same_v<Value, uuid> || std::is_same_v<Value, timestamp> ||
                                  std::is_same_v<Value, std::string>;

// Calls `use(name, is quoted, text)` for each column, in order, with nothing for NULL and for one
// that is not among `columns`.
template <class Table, class Use>
void for_each_text(const typename Table::row_type& row, schema::column_set columns, Use use) {
  std::size_t position = 0;
  schema::for_each_column<Table>([&](auto column) {
    static constexpr std::string_view name = column.name.view();
    static constexpr column_place place{Table::name.view(), name, is_indexed<Table>(name)};
    const auto use_value = [&](const auto& value) {
      using value_type = std::remove_cvref_t<decltype(value)>;
      if constexpr (schema::NamedEnum<value_type>) {
        if (!schema::has_name(value)) refuse_value_without_name(place);
        use(name, true, std::optional{std::string{schema::to_text(value)}});
      } else {
        use(name, is_quoted<value_type>, std::optional{text_of(value, place)});
      }
    };
    const auto& member = row.*column.member;
    if (!schema::has_column(columns, position++)) {
      use(name, false, std::optional<std::string>{});
    } else if constexpr (schema::detail::is_optional<
                             std::remove_cvref_t<decltype(member)>>::value) {
      if (member)
        use_value(*member);
      else
        use(name, false, std::optional<std::string>{});
    } else {
      use_value(member);
    }
  });
}

}  // namespace detail

/// Appends these columns of `row` to `out` as members of an object that has been opened, those that
/// are NULL left out.
template <class Table>
void append_members(std::string& out, const typename Table::row_type& row,
                    schema::column_set columns = schema::all_columns) {
  detail::for_each_text<Table>(
      row, columns,
      [&](std::string_view name, bool is_quoted, const std::optional<std::string>& text) {
        if (!text) return;
        detail::append_name(out, name);
        if (is_quoted)
          append_quoted(out, *text);
        else
          out += *text;
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
  detail::for_each_text<Table>(row, columns,
                               [&](std::string_view, bool, std::optional<std::string> text) {
                                 values.push_back(std::move(text));
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
