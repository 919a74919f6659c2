// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/row_record.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "persistence/rows/json_text.hpp"

namespace nava::persistence {
namespace {

// Of the network's byte order. As many bytes as it has are there.
template <class Integer>
Integer integer_at(const char* bytes) {
  Integer value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i)
    value = static_cast<Integer>(value << 8 | static_cast<unsigned char>(bytes[i]));
  return value;
}

// Of the types of pg_catalog, which are the same on every server.
constexpr std::uint32_t oid_of(schema::column_type type) {
  switch (type) {
    case schema::column_type::uuid:
      return 2950;
    case schema::column_type::text:
      return 25;
    case schema::column_type::boolean:
      return 16;
    case schema::column_type::bigint:
      return 20;
    case schema::column_type::real:
      return 701;
    case schema::column_type::timestamp:
      return 1184;
    case schema::column_type::json:
      return 3802;
    case schema::column_type::integer:
    case schema::column_type::decimal:
    case schema::column_type::date:
    case schema::column_type::bytes:
    case schema::column_type::text_array:
      break;  // No table of a workflow has one; rows of others come as JSON.
  }
  return 0;
}

// What the server counts microseconds from. The years are those that has_text() allows; the
// server's infinite times lie outside of them.
constexpr timestamp epoch = std::chrono::sys_days{std::chrono::year{2000} / 1 / 1};
constexpr auto earliest = timestamp{std::chrono::sys_days{std::chrono::year{1} / 1 / 1}} - epoch;
constexpr auto latest = timestamp{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}} - epoch;

// An empty one, which is what most columns hold, needs no parser.
template <class Json>
bool read_json(std::string_view bytes, std::string_view empty, Json& to) {
  constexpr char format_version = 1;
  if (bytes.empty() || bytes.front() != format_version) return false;
  bytes.remove_prefix(1);
  if (bytes == empty) {
    to.clear();
    return true;
  }
  json::value value = parse_stored_json(bytes);
  if constexpr (std::is_same_v<Json, json::object>) {
    if (!value.is_object()) return false;
    to = std::move(value.get_object());
  } else {
    if (!value.is_array()) return false;
    to = std::move(value.get_array());
  }
  return true;
}

}  // namespace

record_reader::record_reader(std::string_view record) : left_(record) {
  constexpr std::size_t head = 4;  // how many values there are
  left_.remove_prefix(std::min(head, left_.size()));
}

bool record_reader::next(schema::column_type type, std::optional<std::string_view>& value) {
  constexpr std::size_t head = 8;  // the type, the length
  if (left_.size() < head || integer_at<std::uint32_t>(left_.data()) != oid_of(type)) return false;
  const auto length = static_cast<std::int32_t>(integer_at<std::uint32_t>(left_.data() + 4));
  left_.remove_prefix(head);
  value.reset();
  if (length < 0) return true;
  const auto size = static_cast<std::size_t>(length);
  if (size > left_.size()) return false;
  value = left_.substr(0, size);
  left_.remove_prefix(size);
  return true;
}

namespace detail {

bool read_record(std::string_view bytes, uuid& to) {
  if (bytes.size() != to.size()) return false;
  std::copy(bytes.begin(), bytes.end(), to.begin());
  return true;
}

bool read_record(std::string_view bytes, timestamp& to) {
  if (bytes.size() != 8) return false;
  const std::chrono::microseconds since{integer_at<std::int64_t>(bytes.data())};
  if (since < earliest || since >= latest) return false;
  to = epoch + since;
  return true;
}

bool read_record(std::string_view bytes, bool& to) {
  if (bytes.size() != 1) return false;
  to = bytes.front() != 0;
  return true;
}

bool read_record(std::string_view bytes, std::int64_t& to) {
  if (bytes.size() != 8) return false;
  to = integer_at<std::int64_t>(bytes.data());
  return true;
}

bool read_record(std::string_view bytes, double& to) {
  if (bytes.size() != 8) return false;
  to = std::bit_cast<double>(integer_at<std::uint64_t>(bytes.data()));
  return std::isfinite(to);
}

bool read_record(std::string_view bytes, json::object& to) { return read_json(bytes, "{}", to); }

bool read_record(std::string_view bytes, json::array& to) { return read_json(bytes, "[]", to); }

}  // namespace detail

}  // namespace nava::persistence
