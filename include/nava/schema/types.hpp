// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <boost/json.hpp>
#include <boost/uuid/uuid.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace nava {

namespace json = boost::json;

using uuid = boost::uuids::uuid;

/// A point in time in UTC with the resolution of both databases, one microsecond.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

}  // namespace nava

/// The types a column can have, and how C++ types map to them. The mapping is
/// the only place that decides; a member of any other type does not compile.
namespace nava::schema {

enum class column_type { uuid, text, boolean, bigint, real, timestamp, json };

/// Specialize for an enumeration that a text column holds: `names` has the text
/// of each enumerator in order of value, and becomes a named CHECK constraint.
template <class Enum>
struct enum_names;

template <class Enum>
concept NamedEnum = std::is_enum_v<Enum> && requires {
  enum_names<Enum>::names.size();
};

template <NamedEnum Enum>
constexpr std::string_view to_text(Enum value) {
  return enum_names<Enum>::names[static_cast<std::size_t>(value)];
}

/// The enumerator whose text is `text`, or nothing.
template <NamedEnum Enum>
constexpr std::optional<Enum> from_text(std::string_view text) {
  const auto& names = enum_names<Enum>::names;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (names[i] == text) return static_cast<Enum>(i);
  return std::nullopt;
}

/// The column type of a member of type `T`; the first declaration refuses those that have none.
template <class T>
struct column_type_of : std::integral_constant<column_type, column_type::text> {
  static_assert(sizeof(T) == 0,
                "a member is a uuid, std::string, bool, std::int64_t, double, timestamp, "
                "json::object, json::array, an enumeration with enum_names, or std::optional of "
                "one of them");
};
template <>
struct column_type_of<uuid> : std::integral_constant<column_type, column_type::uuid> {};
template <>
struct column_type_of<std::string> : std::integral_constant<column_type, column_type::text> {};
template <NamedEnum Enum>
struct column_type_of<Enum> : std::integral_constant<column_type, column_type::text> {};
template <>
struct column_type_of<bool> : std::integral_constant<column_type, column_type::boolean> {};
template <>
struct column_type_of<std::int64_t> : std::integral_constant<column_type, column_type::bigint> {};
template <>
struct column_type_of<double> : std::integral_constant<column_type, column_type::real> {};
template <>
struct column_type_of<timestamp> : std::integral_constant<column_type, column_type::timestamp> {};
template <>
struct column_type_of<json::object> : std::integral_constant<column_type, column_type::json> {};
template <>
struct column_type_of<json::array> : std::integral_constant<column_type, column_type::json> {};

/// `std::optional<T>` is a nullable column of the type of `T`.
template <class T>
struct nullability {
  using value_type = T;
  static constexpr bool nullable = false;
};
template <class T>
struct nullability<std::optional<T>> {
  using value_type = T;
  static constexpr bool nullable = true;
};

}  // namespace nava::schema
