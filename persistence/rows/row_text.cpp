// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/row_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/workflow/error.hpp>

#include "workflow/storable.hpp"

namespace nava::persistence {
namespace {

std::string path_of(const column_place& place) {
  return fmt::format("{}.{}", place.table, place.column);
}

bool must_be_escaped(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

template <class Json>
std::string structure_text(const Json& value, const column_place& place) {
  if (value.empty()) return std::is_same_v<Json, json::object> ? "{}" : "[]";
  json::value stored(value);
  // It lies in its row.
  make_storable(stored, path_of(place), 1);
  return json::serialize(stored);
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) {
  if (std::any_of(text.begin(), text.end(), must_be_escaped))
    out += json::serialize(json::string(text));
  else
    out.append("\"").append(text).append("\"");
}

void check_text(std::string_view text, const column_place& place) {
  if (text.find('\0') != std::string_view::npos || !schema::is_valid_utf8(text)) {
    json::value refused{json::string(text)};
    make_storable(refused, path_of(place));
  }
  if (place.is_indexed && text.size() > key_bytes_max)
    throw error{error_kind::invalid_input, fmt::format("{} is longer than {} bytes; shorten it",
                                                       path_of(place), key_bytes_max)};
}

namespace detail {

void refuse_misfit(const column_place& place, std::string_view why) {
  throw error{error_kind::invalid_input,
              schema::conversion_error{place.table, place.column, why}.what()};
}

std::string json_text_of(bool value, const column_place&) { return value ? "true" : "false"; }

std::string json_text_of(std::int64_t value, const column_place&) {
  return fmt::format_int{value}.str();
}

std::string json_text_of(double value, const column_place& place) {
  json::value stored(value);
  make_storable(stored, path_of(place));
  return json::serialize(stored);
}

std::string json_text_of(const json::object& value, const column_place& place) {
  return structure_text(value, place);
}

std::string json_text_of(const json::array& value, const column_place& place) {
  return structure_text(value, place);
}

}  // namespace detail

}  // namespace nava::persistence
