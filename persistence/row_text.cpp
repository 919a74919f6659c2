// SPDX-License-Identifier: Apache-2.0
#include "persistence/row_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/persistence/error.hpp>
#include <nava/persistence/storable.hpp>

namespace nava::persistence {
namespace {

std::string path_of(const column_place& place) {
  return fmt::format("{}.{}", place.table, place.column);
}

bool must_be_escaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void append_plain(std::string& out, std::string_view text) {
  out.append("\"").append(text).append("\"");
}

void append_quoted(std::string& out, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), must_be_escaped))
    out += json::serialize(json::string(text));
  else
    append_plain(out, text);
}

template <class Json>
void append_json(std::string& out, const Json& value, const column_place& place) {
  if (value.empty()) {
    out += std::is_same_v<Json, json::object> ? "{}" : "[]";
    return;
  }
  json::value stored(value);
  // It lies in its row.
  make_storable(stored, path_of(place), 1);
  out += json::serialize(stored);
}

}  // namespace

void append_value(std::string& out, const uuid& value, const column_place&) {
  append_plain(out, schema::to_text(value));
}

void append_value(std::string& out, timestamp value, const column_place& place) {
  if (!schema::has_text(value))
    throw error{error_kind::invalid_input,
                schema::conversion_error{place.table, place.column}.what()};
  append_plain(out, schema::to_text(value));
}

void append_value(std::string& out, std::string_view value, const column_place& place) {
  if (value.find('\0') != std::string_view::npos || !schema::is_valid_utf8(value)) {
    json::value refused{json::string(value)};
    make_storable(refused, path_of(place));
  }
  if (place.is_indexed && value.size() > key_bytes_max)
    throw error{error_kind::invalid_input, fmt::format("{} is longer than {} bytes; shorten it",
                                                       path_of(place), key_bytes_max)};
  append_quoted(out, value);
}

void append_value(std::string& out, bool value, const column_place&) {
  out += value ? "true" : "false";
}

void append_value(std::string& out, std::int64_t value, const column_place&) {
  const fmt::format_int digits{value};
  out.append(digits.data(), digits.size());
}

void append_value(std::string& out, double value, const column_place& place) {
  json::value stored(value);
  make_storable(stored, path_of(place));
  out += json::serialize(stored);
}

void append_value(std::string& out, const json::object& value, const column_place& place) {
  append_json(out, value, place);
}

void append_value(std::string& out, const json::array& value, const column_place& place) {
  append_json(out, value, place);
}

}  // namespace nava::persistence
