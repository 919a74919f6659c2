// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/description.hpp>
#include <nava/schema/utf8.hpp>

/// The text forms of values, in which defaults and written rows have them. Pure functions; safe to
/// call from any thread.
namespace nava::schema::rules {

constexpr bool are_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether a zero has a sign, which neither database keeps.
constexpr bool is_negative_zero(std::string_view text) {
  return text.starts_with('-') && text.find_first_not_of("0.", 1) == text.npos;
}

/// Whether the text is a number: `12`, `-0.5`.
constexpr bool is_number(std::string_view text) {
  if (is_negative_zero(text)) return false;
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  return are_digits(text.substr(0, point)) &&
         (point == text.npos || are_digits(text.substr(point + 1)));
}

/// Whether the text is an integer without leading zeros, `-12`, of at most the magnitude
/// `greatest`.
constexpr bool is_integer_up_to(std::string_view text, std::string_view greatest) {
  if (is_negative_zero(text)) return false;
  if (text.starts_with('-')) text.remove_prefix(1);
  if (!are_digits(text) || (text.size() > 1 && text.front() == '0')) return false;
  return text.size() < greatest.size() || (text.size() == greatest.size() && text <= greatest);
}

/// Whether the text is a decimal with all digits behind the point: `-0.50`.
constexpr bool is_decimal(std::string_view text, decimal_size digits) {
  if (is_negative_zero(text)) return false;
  const auto scale = static_cast<std::size_t>(digits.scale);
  const auto whole_max = static_cast<std::size_t>(digits.precision) - scale;
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto whole = text.substr(0, point);
  if (!are_digits(whole) || (whole != "0" && (whole.front() == '0' || whole.size() > whole_max)))
    return false;
  if (scale == 0) return point == text.npos;
  return point != text.npos && text.size() - point - 1 == scale &&
         are_digits(text.substr(point + 1));
}

constexpr unsigned number_in(std::string_view digits) {
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

/// Whether the text is a day of the years 1 to 9999: `2026-02-28`.
constexpr bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !are_digits(text.substr(0, 4)) ||
      !are_digits(text.substr(5, 2)) || !are_digits(text.substr(8, 2)))
    return false;
  const unsigned year = number_in(text.substr(0, 4));
  return year > 0 && std::chrono::year_month_day{std::chrono::year{static_cast<int>(year)},
                                                 std::chrono::month{number_in(text.substr(5, 2))},
                                                 std::chrono::day{number_in(text.substr(8, 2))}}
                         .ok();
}

/// Whether the text is octets in lower-case hexadecimal digits: `\x00ff`.
constexpr bool is_hex(std::string_view text) {
  return text.starts_with("\\x") && text.size() % 2 == 0 &&
         text.find_first_not_of("0123456789abcdef", 2) == text.npos;
}

constexpr bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    constexpr std::string_view digits = "0123456789abcdef";
    if (is_hyphen ? text[i] != '-' : digits.find(text[i]) == digits.npos) return false;
  }
  return true;
}

/// Whether `text` is a default of the column, in the form that both databases are given. The
/// default of JSON and of an array is an empty one, the default of a timestamp is `now`.
constexpr bool is_value_text(const column_description& column, std::string_view text) {
  switch (column.type) {
    case column_type::uuid:
      return is_uuid(text);
    case column_type::text:
      if (!column.values.empty())
        return std::find(column.values.begin(), column.values.end(), text) != column.values.end();
      return text.find('\0') == text.npos && is_valid_utf8(text);
    case column_type::boolean:
      return text == "true" || text == "false";
    case column_type::integer:
      return is_integer_up_to(text, text.starts_with('-') ? "2147483648" : "2147483647");
    case column_type::bigint:
      return is_integer_up_to(
          text, text.starts_with('-') ? "9223372036854775808" : "9223372036854775807");
    case column_type::real:
      return is_number(text);
    case column_type::decimal:
      return is_decimal(text, column.digits);
    case column_type::date:
      return is_date(text);
    case column_type::timestamp:
      return text == "now";
    case column_type::bytes:
      return is_hex(text);
    case column_type::text_array:
      return text == "[]";
    case column_type::json:
      return text == "{}" || text == "[]";
  }
  return false;
}

}  // namespace nava::schema::rules
