// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/fwd.hpp>
#include <boost/uuid/uuid.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <nava/schema/decimal.hpp>
#include <nava/schema/enumeration.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace nava {

namespace json = boost::json;

/// An identifier of 16 octets.
using uuid = boost::uuids::uuid;

/// A point in time in UTC with the resolution of both databases, one microsecond.
using timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A day of the calendar, without a time or a zone.
using date = std::chrono::sys_days;

/// Octets, such as a digest or a small image.
using bytes = std::vector<std::byte>;

}  // namespace nava

/// The types of columns, and the C++ types that map to them. A member of any other type does not
/// compile. Types and constants; safe to use from any thread.
namespace nava::schema {

/// The type of a column. Below, the first name is for PostgreSQL, the second for SQLite.
enum class column_type {
  uuid,        ///< `uuid`, `TEXT`
  text,        ///< `text`, `TEXT`; also an enumeration
  boolean,     ///< `boolean`, `INTEGER` of 0 or 1
  integer,     ///< `integer`, `INTEGER`; 32 bits
  bigint,      ///< `bigint`, `INTEGER`; 64 bits
  real,        ///< `double precision`, `REAL`
  decimal,     ///< `numeric(12,2)`, `INTEGER` in units of the last digit
  date,        ///< `date`, `TEXT` such as `2026-01-31`
  timestamp,   ///< `timestamp with time zone`, `TEXT` such as `2026-01-31T12:00:00.000000Z`
  bytes,       ///< `bytea`, `BLOB`
  text_array,  ///< `text[]`, `TEXT` with a JSON array
  json         ///< `jsonb`, `TEXT`; an object or an array
};

/// The column type of a member of type `T`. The primary template is for types that have none; no
/// table compiles with them.
template <class T>
struct column_type_of : std::integral_constant<column_type, column_type::text> {
  static constexpr bool is_none = true;  ///< only the primary template has this member
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
struct column_type_of<std::int32_t> : std::integral_constant<column_type, column_type::integer> {};
template <>
struct column_type_of<std::int64_t> : std::integral_constant<column_type, column_type::bigint> {};
template <>
struct column_type_of<double> : std::integral_constant<column_type, column_type::real> {};
template <int Precision, int Scale>
struct column_type_of<decimal<Precision, Scale>>
    : std::integral_constant<column_type, column_type::decimal> {};
template <>
struct column_type_of<date> : std::integral_constant<column_type, column_type::date> {};
template <>
struct column_type_of<bytes> : std::integral_constant<column_type, column_type::bytes> {};
template <>
struct column_type_of<std::vector<std::string>>
    : std::integral_constant<column_type, column_type::text_array> {};
template <>
struct column_type_of<timestamp> : std::integral_constant<column_type, column_type::timestamp> {};
template <>
struct column_type_of<json::object> : std::integral_constant<column_type, column_type::json> {};
template <>
struct column_type_of<json::array> : std::integral_constant<column_type, column_type::json> {};

/// The number of digits of a decimal, and of its digits behind the point.
struct decimal_size {
  int precision = 0;  ///< 1 to 18; 0 for a column of another type
  int scale = 0;      ///< 0 to `precision`

  /// Compares both numbers.
  friend constexpr bool operator==(const decimal_size&, const decimal_size&) = default;
};
///@{
/// The digits of a decimal type; two zeros for a type of another kind.
template <class T>
inline constexpr decimal_size size_of_decimal{};
template <int Precision, int Scale>
inline constexpr decimal_size size_of_decimal<decimal<Precision, Scale>>{Precision, Scale};
///@}

/// Whether a member of this type is a nullable column. This template is for types that are not.
template <class T>
struct nullability {
  using value_type = T;                    ///< the type that column_type_of maps
  static constexpr bool nullable = false;  ///< the column is NOT NULL
};
/// A member of type `std::optional<T>` is a nullable column of the type of `T`.
template <class T>
struct nullability<std::optional<T>> {
  using value_type = T;                   ///< the type that column_type_of maps
  static constexpr bool nullable = true;  ///< std::nullopt is NULL
};

}  // namespace nava::schema
