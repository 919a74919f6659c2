// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/text.hpp>
#include <utility>

/// Values of columns as text: the one place that knows how each type is written, read and refused.
/// All functions are pure and thread-safe.
namespace nava::schema {

/// What conversion_error says of a time that has_text() is false of.
inline constexpr std::string_view time_without_text =
    "is a time outside of the years 1 to 9999; leave out what is never";

/// What conversion_error says of a decimal that has_digits() is false of.
inline constexpr std::string_view decimal_too_large =
    "has more digits than its column; round it, or give the column more";

/// What conversion_error says of a value of an enumeration that has_name() is false of.
inline constexpr std::string_view value_without_name =
    "is none of its enumeration; write one that enum_names has";

namespace detail {

template <class Value>
inline constexpr bool is_decimal = size_of_decimal<Value> != decimal_size{};

template <class Value, class... Types>
inline constexpr bool is_one_of = (std::is_same_v<Value, Types> || ...);

/// Whether JSON writes values of this type as a string.
template <class Value>
inline constexpr bool is_text = NamedEnum<Value> || is_decimal<Value> ||
                                is_one_of<Value, std::string, uuid, timestamp, date, bytes>;

/// Why `value` cannot be written; empty if it can.
template <class Value>
constexpr std::string_view misfit_of(const Value& value) {
  if constexpr (NamedEnum<Value>) {
    if (!has_name(value)) return value_without_name;
  } else if constexpr (is_decimal<Value>) {
    if (!has_digits(value.units, size_of_decimal<Value>)) return decimal_too_large;
  } else if constexpr (is_one_of<Value, timestamp, date>) {
    if (!has_text(value)) return time_without_text;
  }
  return {};
}

/// The text of a value that misfit_of() takes: a reference for a string, otherwise a value.
template <class Value>
decltype(auto) text_of(const Value& value) {
  if constexpr (std::is_same_v<Value, std::string>)
    return (value);
  else if constexpr (is_decimal<Value>)
    return to_decimal_text(value.units, size_of_decimal<Value>);
  else
    return to_text(value);
}

template <class Value>
auto parse_text(std::string_view text) {
  if constexpr (NamedEnum<Value>)
    return from_text<Value>(text);
  else if constexpr (is_decimal<Value>)
    return parse_decimal(text, size_of_decimal<Value>);
  else if constexpr (std::is_same_v<Value, uuid>)
    return parse_uuid(text);
  else if constexpr (std::is_same_v<Value, timestamp>)
    return parse_timestamp(text);
  else if constexpr (std::is_same_v<Value, date>)
    return parse_date(text);
  else
    return parse_bytes(text);
}

/// Reads `text` into `to`; returns whether it is the text of a value.
template <class Value>
bool read_text(std::string_view text, Value& to) {
  if constexpr (std::is_same_v<Value, std::string>) {
    to.assign(text);
    return true;
  } else {
    auto parsed = parse_text<Value>(text);
    if (parsed) to = Value{*std::move(parsed)};
    return parsed.has_value();
  }
}

}  // namespace detail
}  // namespace nava::schema
