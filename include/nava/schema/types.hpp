// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <boost/uuid/uuid.hpp>
#include <chrono>
#include <cstdint>
#include <nava/schema/enumeration.hpp>
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

/// The column type of a member of type `T`. The first declaration is for those that have none,
/// with which no table compiles.
template <class T>
struct column_type_of : std::integral_constant<column_type, column_type::text> {
  static constexpr bool is_none = true;
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
