// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <nava/schema/culprits.hpp>
#include <nava/schema/utf8.hpp>
#include <optional>
#include <span>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

/// Enumerations that a text column holds. Each enumerator has a name:
///
///     template <>
///     struct nava::schema::enum_names<color> {
///       static constexpr std::array names{enum_name{color::red, "RED"},
///                                         enum_name{color::blue, "BLUE"}};
///     };
///
/// The names become a CHECK constraint. An enumerator without a name does not compile.
///
/// Constants and pure functions; safe to use from any thread.
namespace nava::schema {

/// An enumerator and the text that a column holds for it.
template <class Enum>
struct enum_name {
  /// Binds the enumerator to a literal, at compile time.
  template <std::size_t Size>
  consteval enum_name(Enum enumerator, const char (&literal)[Size])
      : value(enumerator), text(literal, Size - 1) {}

  Enum value;             ///< the enumerator
  std::string_view text;  ///< valid UTF-8 without NUL; unique among the names of the enumeration
};

/// Specialize this for an enumeration that a column holds, with an array `names`.
template <class Enum>
struct enum_names;

template <class Enum>
concept NamedEnum = std::is_enum_v<Enum> && requires {
  enum_names<Enum>::names.size();
};

namespace detail {

// How the compiler prints each value: as the enumerator, or as a cast where there is none.
template <auto... Values>
consteval std::string_view written_values() {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr std::string_view before = "Values = ";
  return all.substr(all.find(before) + before.size() + 1);
}

template <class Type>
consteval std::string_view written_type() {
  constexpr std::string_view all = __PRETTY_FUNCTION__;
  constexpr auto begin = all.find("Type = ") + 7;
  return all.substr(begin, all.find_first_of(";]", begin) - begin);
}

/// Calls `visit(text, position)` for each printed value, in order.
template <class Visitor>
constexpr void for_each_written(std::string_view all, Visitor visit) {
  std::size_t begin = 0, position = 0;
  int depth = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const char c = all[i];
    if (c == '\'') {  // a literal, whose character may be a comma or a bracket
      i = all.find('\'', all[i + 1] == '\\' ? i + 3 : i + 2);
      continue;
    }
    const bool ends = depth == 0 && (c == ',' || c == '}' || c == '>');
    if (ends) {
      visit(all.substr(begin, i - begin), position++);
      if (c != ',') return;
      begin = i + 2;
    } else if (c == '(' || c == '<' || c == '{' || c == '[') {
      ++depth;
    } else if (c == ')' || c == '>' || c == '}' || c == ']') {
      --depth;
    }
  }
}

// A cast ends in a number after a parenthesis: `(color)7`.
constexpr bool is_cast(std::string_view written) {
  while (!written.empty() && written.back() >= '0' && written.back() <= '9')
    written.remove_suffix(1);
  if (written.ends_with('-')) written.remove_suffix(1);
  return written.ends_with(')');
}

template <class Enum>
concept FixedEnum = std::is_enum_v<Enum> && requires {
  Enum{std::underlying_type_t<Enum>{0}};
};

/// The values that the compiler looks at: -16 to 63 and the powers of two. A row with another value
/// that has no name is refused when it is written.
inline constexpr std::size_t window = 80, powers = 32;
inline constexpr std::int64_t below_zero = 16;

// The i-th value; zero where the enumeration cannot hold it.
template <class Enum>
constexpr Enum looked_at(std::size_t i) {
  using underlying = std::underlying_type_t<Enum>;
  const std::int64_t value =
      i < window ? static_cast<std::int64_t>(i) - below_zero : std::int64_t{1} << (i - window);
  const auto held = static_cast<underlying>(value);
  const bool fits =
      static_cast<std::int64_t>(held) == value && (held < underlying{}) == (value < 0);
  return fits ? static_cast<Enum>(held) : Enum{};
}

template <class Enum>
consteval std::string_view written_enumerators() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return written_values<looked_at<Enum>(I)...>();
  }
  (std::make_index_sequence<window + powers>{});
}

template <class Enum>
constexpr bool is_named(Enum value) {
  for (const auto& each : enum_names<Enum>::names)
    if (each.value == value) return true;
  return false;
}

template <class Enum>
constexpr rules::culprits itself() {
  return {written_type<Enum>()};
}

template <class Enum>
constexpr rules::culprits without_enumerators() {
  return enum_names<Enum>::names.empty() ? itself<Enum>() : rules::culprits{};
}

template <class Enum>
constexpr rules::culprits unnamed_enumerator() {
  rules::culprits found;
  for_each_written(written_enumerators<Enum>(), [&](std::string_view written, std::size_t at) {
    if (found.empty() && !is_cast(written) && !is_named(looked_at<Enum>(at))) found.add(written);
  });
  return found;
}

template <class Enum>
constexpr rules::culprits repeated_enumerator() {
  const auto& names = enum_names<Enum>::names;
  for (std::size_t i = 0; i < names.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (names[i].text == names[j].text || names[i].value == names[j].value)
        return {names[i].text, names[j].text};
  return {};
}

template <class Enum>
constexpr rules::culprits name_that_is_no_text() {
  for (const auto& each : enum_names<Enum>::names)
    if (each.text.find('\0') != each.text.npos || !is_valid_utf8(each.text)) return {each.text};
  return {};
}

template <class Enum>
using names_type = std::remove_cvref_t<decltype(enum_names<Enum>::names)>;
template <class Enum>
inline constexpr bool are_named = false;
template <class Enum>
requires std::is_same_v<typename names_type<Enum>::value_type, enum_name<Enum>>
inline constexpr bool are_named<Enum> = true;

template <class Enum>
concept UntiedNames = (!are_named<Enum>);
template <class Enum>
concept Unfixed = (are_named<Enum> && !FixedEnum<Enum>);

/// Complete where the names of an enumeration obey the rules; otherwise it does not compile.
template <class Enum>
struct checked_enumeration
    : rules::obeyed<rules::enumeration_has_no_enumerators, rules::found<without_enumerators<Enum>>>,
      rules::obeyed<rules::enumerator_has_no_name, rules::found<unnamed_enumerator<Enum>>>,
      rules::obeyed<rules::enumeration_names_one_twice, rules::found<repeated_enumerator<Enum>>>,
      rules::obeyed<rules::enumerator_name_is_not_text, rules::found<name_that_is_no_text<Enum>>> {
};
template <UntiedNames Enum>
struct checked_enumeration<Enum>
    : rules::obeyed<rules::names_of_an_enumeration_are_not_named, rules::found<itself<Enum>>> {};
template <Unfixed Enum>
struct checked_enumeration<Enum>
    : rules::obeyed<rules::enumeration_has_no_fixed_underlying_type, rules::found<itself<Enum>>> {};

template <class Enum>
inline constexpr auto texts = [] {
  static_assert(sizeof(checked_enumeration<Enum>) != 0);
  std::array<std::string_view, std::tuple_size_v<names_type<Enum>>> all{};
  if constexpr (are_named<Enum>)
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = enum_names<Enum>::names[i].text;
  return all;
}();

}  // namespace detail

/// Returns whether `value` has a name in enum_names.
template <NamedEnum Enum>
[[nodiscard]] constexpr bool has_name(Enum value) {
  static_assert(sizeof(detail::checked_enumeration<Enum>) != 0);
  return detail::is_named(value);
}

/// Returns the name of `value`. Throws std::invalid_argument where it has none.
template <NamedEnum Enum>
[[nodiscard]] constexpr std::string_view to_text(Enum value) {
  static_assert(sizeof(detail::checked_enumeration<Enum>) != 0);
  for (const auto& each : enum_names<Enum>::names)
    if (each.value == value) return each.text;
  throw std::invalid_argument{"a value of an enumeration has no name in its enum_names"};
}

/// Returns the enumerator whose name is `text`; nothing where there is none.
template <NamedEnum Enum>
[[nodiscard]] constexpr std::optional<Enum> from_text(std::string_view text) {
  static_assert(sizeof(detail::checked_enumeration<Enum>) != 0);
  for (const auto& each : enum_names<Enum>::names)
    if (each.text == text) return each.value;
  return std::nullopt;
}

/// Returns all names, in the order of enum_names.
template <NamedEnum Enum>
[[nodiscard]] constexpr std::span<const std::string_view> texts_of() {
  return detail::texts<Enum>;
}
}  // namespace nava::schema
