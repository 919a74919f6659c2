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

std::string json_text_of(json::value value, const column_place& place) {
  // What most columns hold needs neither a check nor a serializer.
  if (value.is_bool()) return value.get_bool() ? "true" : "false";
  if (value.is_object() && value.get_object().empty()) return "{}";
  if (value.is_array() && value.get_array().empty()) return "[]";
  constexpr std::size_t levels_above = 1;  // its row
  make_storable(value, path_of(place), levels_above);
  return json::serialize(value);
}

}  // namespace detail

}  // namespace nava::persistence
