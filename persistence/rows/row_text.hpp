// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/key_rules.hpp>
#include <nava/schema/row.hpp>
#include <optional>
#include <span>
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

/// Throws error (invalid_input) for what make_storable() refuses.
[[nodiscard]] std::string json_text_of(json::value value, const column_place& place);

// The text of a value in the form that make_storable() gives it; a JSON string without its quotes.
// Throws error (invalid_input) for what make_storable() refuses.
template <class Value>
decltype(auto) storable_text(const Value& value, const column_place& place) {
  if constexpr (schema::detail::is_text<Value>) {
    if (const auto why = schema::detail::misfit_of(value); !why.empty()) refuse_misfit(place, why);
    if constexpr (std::is_same_v<Value, std::string>) check_text(value, place);
    return schema::detail::text_of(value);
  } else if constexpr (std::is_same_v<Value, std::int64_t>) {
    return fmt::format_int{value}.str();
  } else {
    return json_text_of(json::value(value), place);
  }
}

constexpr bool is_indexed(std::span<const schema::index_description> indexes,
                          std::string_view column) {
  return std::any_of(indexes.begin(), indexes.end(),
                     [&](const auto& index) { return schema::rules::has_column(index, column); });
}

template <class Table, class Column>
inline constexpr column_place place_of{Table::name.view(), Column::name.view(),
                                       is_indexed(Table::index_descriptions, Column::name.view())};

/// The columns of which a row that is written hands over the values: of an update, its key and what
/// it writes.
template <class Table>
[[nodiscard]] schema::column_set columns_of(std::optional<schema::column_set> written) {
  return written ? *written | schema::key_columns<Table>() : schema::all_columns;
}

// What a statement that updates takes for the columns that it writes: a column_set of the table.
template <class Table>
[[nodiscard]] std::string written_text(schema::column_set columns) {
  return fmt::format_int{columns & schema::columns_where<Table>([](auto) { return true; })}.str();
}

}  // namespace detail

/// Appends `row` as an object to a list of them, separated by commas; NULLs are left out. Of a row
/// that is there, `written` are the columns to write: the object then has its key, these columns
/// and the member `written`.
template <class Table>
void append_row(std::string& out, const typename Table::row_type& row,
                std::optional<schema::column_set> written = {}) {
  out += out.empty() ? "{" : ",{";
  const auto append = [&](auto column, const auto* value) {
    if (value == nullptr) return;
    const auto& place = detail::place_of<Table, decltype(column)>;
    // Names of columns are identifiers and need no escaping.
    out.append(out.back() == '{' ? "\"" : ",\"").append(place.column).append("\":");
    if constexpr (schema::detail::is_text<std::remove_cvref_t<decltype(*value)>>)
      append_quoted(out, detail::storable_text(*value, place));
    else
      out += detail::storable_text(*value, place);
  };
  schema::for_each_value<Table>(row, detail::columns_of<Table>(written), append);
  if (written) out.append(",\"written\":").append(detail::written_text<Table>(*written));
  out += '}';
}

/// The values of `row`; of a row that is there, those of its key and of the columns `written`, and
/// after them `written`.
template <class Table>
[[nodiscard]] row_values values_of(const typename Table::row_type& row,
                                   std::optional<schema::column_set> written = {}) {
  row_values values;
  values.reserve(Table::column_descriptions.size() + 3);
  const auto add = [&](auto column, const auto* value) {
    if (value == nullptr)
      values.emplace_back();
    else
      values.emplace_back(detail::storable_text(*value, detail::place_of<Table, decltype(column)>));
  };
  schema::for_each_value<Table>(row, detail::columns_of<Table>(written), add);
  if (written) values.push_back(detail::written_text<Table>(*written));
  return values;
}

/// The values of the primary key of `row`, in the order of the columns.
template <class Table>
[[nodiscard]] row_values key_values_of(const typename Table::row_type& row) {
  row_values values;
  const auto add = [&](auto column, const auto* value) {
    if constexpr (schema::rules::has_column(Table::index_descriptions.front(),
                                            decltype(column)::name.view()))
      values.emplace_back(detail::storable_text(*value, detail::place_of<Table, decltype(column)>));
  };
  schema::for_each_value<Table>(row, schema::key_columns<Table>(), add);
  return values;
}

}  // namespace nava::persistence
