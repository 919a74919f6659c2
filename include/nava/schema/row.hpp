// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/exception.hpp>
#include <nava/schema/table.hpp>
#include <nava/schema/text.hpp>
#include <utility>

/// Rows as JSON objects whose keys are column names: the form in which rows travel to
/// both databases and, but for states on PostgreSQL, back, and in which mutations record them. A
/// NULL is an absent key on the way out, and an absent key or a null on the way in.
namespace nava::schema {

/// A value that does not fit its column; says which column, never the value.
class conversion_error : public exception {
 public:
  conversion_error(std::string_view table, std::string_view column,
                   std::string_view why = "does not have the form of its column")
      : exception("a value of " + std::string{table} + "." + std::string{column} + " " +
                  std::string{why}) {}

  [[nodiscard]] fault_of fault() const noexcept override { return fault_of::program; }
};

/// What conversion_error says of a time that has_text() is false of.
inline constexpr std::string_view time_without_text =
    "is a time outside of the years 1 to 9999; leave out what is never";

/// What it says of a decimal that has_digits() is false of.
inline constexpr std::string_view decimal_too_large =
    "has more digits than its column; round it, or give the column more";

/// What it says of a value of an enumeration that has_name() is false of.
inline constexpr std::string_view value_without_name =
    "is none of its enumeration; write one that enum_names has";

namespace detail {

inline json::value to_json(const uuid& value) { return json::string(to_text(value)); }
inline json::value to_json(timestamp value) { return json::string(to_text(value)); }
inline json::value to_json(const std::string& value) { return json::string(value); }
inline json::value to_json(date value) { return json::string(to_text(value)); }
inline json::value to_json(const bytes& value) { return json::string(to_text(value)); }
template <int Precision, int Scale>
json::value to_json(decimal<Precision, Scale> value) {
  return json::string(to_decimal_text(value.units, {Precision, Scale}));
}
inline json::value to_json(const std::vector<std::string>& value) {
  json::array texts;
  texts.reserve(value.size());
  for (const std::string& each : value) texts.emplace_back(each);
  return texts;
}
template <NamedEnum Enum>
json::value to_json(Enum value) {
  return json::string(to_text(value));
}
template <class T>
requires(!NamedEnum<T>) json::value to_json(const T& value) { return json::value(value); }

/// Each reads `from` into `to` and says whether it could.
inline bool read(const json::value& from, uuid& to) {
  const auto parsed = from.is_string() ? parse_uuid(from.get_string()) : std::nullopt;
  if (parsed) to = *parsed;
  return parsed.has_value();
}
inline bool read(const json::value& from, timestamp& to) {
  const auto parsed = from.is_string() ? parse_timestamp(from.get_string()) : std::nullopt;
  if (parsed) to = *parsed;
  return parsed.has_value();
}
inline bool read(const json::value& from, std::string& to) {
  if (!from.is_string()) return false;
  to.assign(from.get_string().data(), from.get_string().size());
  return true;
}
template <NamedEnum Enum>
bool read(const json::value& from, Enum& to) {
  const auto parsed = from.is_string() ? from_text<Enum>(from.get_string()) : std::nullopt;
  if (parsed) to = *parsed;
  return parsed.has_value();
}
inline bool read(const json::value& from, bool& to) {
  // SQLite has no booleans and answers 0 or 1.
  if (from.is_bool())
    to = from.get_bool();
  else if (from.is_int64())
    to = from.get_int64() != 0;
  else
    return false;
  return true;
}
inline bool read(const json::value& from, std::int64_t& to) {
  if (!from.is_int64()) return false;
  to = from.get_int64();
  return true;
}
inline bool read(const json::value& from, std::int32_t& to) {
  if (!from.is_int64() || !std::in_range<std::int32_t>(from.get_int64())) return false;
  to = static_cast<std::int32_t>(from.get_int64());
  return true;
}
inline bool read(const json::value& from, date& to) {
  const auto parsed = from.is_string() ? parse_date(from.get_string()) : std::nullopt;
  if (parsed) to = *parsed;
  return parsed.has_value();
}
inline bool read(const json::value& from, bytes& to) {
  auto parsed = from.is_string() ? parse_bytes(from.get_string()) : std::nullopt;
  if (parsed) to = std::move(*parsed);
  return parsed.has_value();
}
template <int Precision, int Scale>
bool read(const json::value& from, decimal<Precision, Scale>& to) {
  const auto parsed =
      from.is_string() ? parse_decimal(from.get_string(), {Precision, Scale}) : std::nullopt;
  if (parsed) to.units = *parsed;
  return parsed.has_value();
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
inline bool read(const json::value& from, double& to) {
  if (!from.is_number()) return false;
  to = from.to_number<double>();
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

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

}  // namespace detail

/// The columns of `row` as a JSON object. Throws conversion_error for a time or a day that has no
/// text, for a decimal of too many digits and for a value of an enumeration that has no name.
template <class Table>
[[nodiscard]] json::object to_json(const typename Table::row_type& row) {
  json::object object;
  object.reserve(Table::column_descriptions.size());
  for_each_column<Table>([&](auto column) {
    const auto add = [&](const auto& value) {
      using value_type = std::remove_cvref_t<decltype(value)>;
      if constexpr (std::is_same_v<value_type, timestamp> || std::is_same_v<value_type, date>) {
        if (!has_text(value))
          throw conversion_error{Table::name.view(), column.name.view(), time_without_text};
      } else if constexpr (NamedEnum<value_type>) {
        if (!has_name(value))
          throw conversion_error{Table::name.view(), column.name.view(), value_without_name};
      } else if constexpr (size_of_decimal<value_type> != decimal_size{}) {
        if (!has_digits(value.units, size_of_decimal<value_type>))
          throw conversion_error{Table::name.view(), column.name.view(), decimal_too_large};
      }
      object.emplace(column.name.view(), detail::to_json(value));
    };
    const auto& member = row.*column.member;
    if constexpr (detail::is_optional<std::remove_cvref_t<decltype(member)>>::value) {
      if (member) add(*member);
    } else {
      add(member);
    }
  });
  return object;
}

/// Sets the columns of `row` that `patch` names; null sets a nullable column to NULL.
/// Throws conversion_error for a value that does not fit.
template <class Table>
void merge(typename Table::row_type& row, const json::object& patch) {
  // Rows that were stored come with their columns in order, which spares the search.
  auto next = patch.begin();
  for_each_column<Table>([&](auto column) {
    const json::value* value = nullptr;
    if (next != patch.end() && next->key() == column.name.view())
      value = &(next++)->value();
    else
      value = patch.if_contains(column.name.view());
    if (value == nullptr) return;
    auto& member = row.*column.member;
    bool fits = false;
    if constexpr (detail::is_optional<std::remove_cvref_t<decltype(member)>>::value) {
      if (value->is_null()) {
        member.reset();
        fits = true;
      } else {
        fits = detail::read(*value, member.emplace());
      }
    } else {
      fits = detail::read(*value, member);
    }
    if (!fits) throw conversion_error{Table::name.view(), column.name.view()};
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
