// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/row_visitor.hpp>
#include <nava/schema/value_text.hpp>

/// Rows as JSON objects whose keys are column names. Both databases take rows in this form,
/// mutations record rows in it, and SQLite answers with it. A NULL is written as an absent key. An
/// absent key and a null are read as NULL. All functions are pure and thread-safe.
namespace nava::schema {

/// How a NULL is written.
enum class null_columns { left_out, written };

namespace detail {

template <class Value>
json::value to_json(const Value& value) {
  if constexpr (is_text<Value>) {
    return json::string(text_of(value));
  } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
    json::array texts;
    texts.reserve(value.size());
    for (const std::string& each : value) texts.emplace_back(each);
    return texts;
  } else {
    return json::value(value);
  }
}

/// Each reads `from` into `to` and returns whether it could.
template <class Value>
requires is_text<Value>
bool read(const json::value& from, Value& to) {
  return from.is_string() && read_text(from.get_string(), to);
}
inline bool read(const json::value& from, bool& to) {
  // SQLite has no booleans and answers 0 or 1.
  if (!from.is_bool() && !from.is_int64()) return false;
  to = from.is_bool() ? from.get_bool() : from.get_int64() != 0;
  return true;
}
template <class Integer>
requires is_one_of<Integer, std::int32_t, std::int64_t>
bool read(const json::value& from, Integer& to) {
  if (!from.is_int64() || !std::in_range<Integer>(from.get_int64())) return false;
  to = static_cast<Integer>(from.get_int64());
  return true;
}
inline bool read(const json::value& from, double& to) {
  if (!from.is_number()) return false;
  to = from.to_number<double>();
  return true;
}
inline bool read(const json::value& from, std::vector<std::string>& to) {
  if (!from.is_array()) return false;
  to.clear();
  for (const json::value& each : from.get_array()) {
    if (!each.is_string()) return false;
    to.emplace_back(each.get_string());
  }
  return true;
}
inline bool read(const json::value& from, json::object& to) {
  if (!from.is_object()) return false;
  to = from.get_object();
  return true;
}
inline bool read(const json::value& from, json::array& to) {
  if (!from.is_array()) return false;
  to = from.get_array();
  return true;
}

}  // namespace detail

/// The columns of `row` as a JSON object. Throws conversion_error for a time or a day that has no
/// text, for a decimal of too many digits and for a value of an enumeration that has no name.
template <class Table>
[[nodiscard]] json::object to_json(const typename Table::row_type& row,
                                   null_columns nulls = null_columns::left_out) {
  json::object object;
  object.reserve(Table::column_descriptions.size());
  for_each_value<Table>(row, all_columns, [&](auto column, const auto* value) {
    if (value == nullptr) {
      if (nulls == null_columns::written) object.emplace(column.name.view(), nullptr);
      return;
    }
    if (const std::string_view misfit = detail::misfit_of(*value); !misfit.empty())
      throw conversion_error{Table::name.view(), column.name.view(), misfit};
    object.emplace(column.name.view(), detail::to_json(*value));
  });
  return object;
}

/// Sets the columns of `row` that `patch` names; null sets a nullable column to NULL.
/// Throws conversion_error for a value that does not fit.
template <class Table>
void merge(typename Table::row_type& row, const json::object& patch) {
  // Rows that were stored come with their columns in order, which spares the search.
  auto next = patch.begin();
  read_each_value<Table>(row, [&](auto column, auto place) {
    const bool is_next = next != patch.end() && next->key() == column.name.view();
    const json::value* value = is_next ? &(next++)->value() : patch.if_contains(column.name.view());
    if (value == nullptr) return true;
    return value->is_null() ? place.set_null() : detail::read(*value, place.value());
  });
}

/// A row made of what `object` holds; columns it lacks keep their initial values.
template <class Table>
[[nodiscard]] typename Table::row_type from_json(const json::object& object) {
  typename Table::row_type row;
  merge<Table>(row, object);
  return row;
}

}  // namespace nava::schema
