// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/row.hpp>
#include <optional>
#include <string_view>

/// Rows as PostgreSQL sends records in its binary form: the form in which states come back. It is
/// exact, and of the settings of a session only client_encoding changes it, which every connection
/// sets; a time or a double as text depends on others. And it is the cheapest for both sides.
namespace nava::persistence {

/// The values of one record, one after the other.
class record_reader {
 public:
  /// `record` must outlive the reader.
  explicit record_reader(std::string_view record);

  /// The bytes of the next value; none for NULL. False where there is no value of `type`.
  [[nodiscard]] bool next(schema::column_type type, std::optional<std::string_view>& value);
  [[nodiscard]] bool at_end() const { return left_.empty(); }

 private:
  std::string_view left_;
};

namespace detail {

/// Each reads the bytes of a value into `to` and says whether it could.
[[nodiscard]] bool read_record(std::string_view bytes, uuid& to);
[[nodiscard]] bool read_record(std::string_view bytes, timestamp& to);
[[nodiscard]] bool read_record(std::string_view bytes, bool& to);
[[nodiscard]] bool read_record(std::string_view bytes, std::int64_t& to);
[[nodiscard]] bool read_record(std::string_view bytes, double& to);
[[nodiscard]] bool read_record(std::string_view bytes, json::object& to);
[[nodiscard]] bool read_record(std::string_view bytes, json::array& to);
template <class Value>
requires(schema::NamedEnum<Value> || std::is_same_v<Value, std::string>)
    [[nodiscard]] bool read_record(std::string_view bytes, Value& to) {
  return schema::detail::read_text(bytes, to);
}

}  // namespace detail

/// The row whose columns are, in order, the values of `record`. Throws conversion_error for a value
/// that does not fit its column, and for one beyond the last.
template <class Table>
[[nodiscard]] typename Table::row_type from_record(std::string_view record) {
  typename Table::row_type row;
  record_reader values{record};
  schema::read_each_value<Table>(row, [&](auto column, auto place) {
    std::optional<std::string_view> bytes;
    if (!values.next(column.description.type, bytes)) return false;
    return bytes ? detail::read_record(*bytes, place.value()) : place.set_null();
  });
  if (!values.at_end()) throw schema::conversion_error{Table::name.view(), "a further column"};
  return row;
}

}  // namespace nava::persistence
