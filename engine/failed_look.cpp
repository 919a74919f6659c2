// SPDX-License-Identifier: Apache-2.0
#include "engine/failed_look.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/exception/get_error_info.hpp>
#include <boost/exception/info.hpp>
#include <boost/system/system_error.hpp>
#include <nava/engine/refusal.hpp>
#include <nava/schema/text.hpp>

namespace nava::engine {
namespace {

constexpr std::size_t text_bytes_max = 2000;
constexpr std::size_t keys_told_max = 20;

// Boost.JSON 1.81 throws standard exceptions without a key; what tells them from those of an
// application is where they were thrown.
bool is_from_boost_json(const std::exception& thrown) {
  const auto* marked = dynamic_cast<const boost::exception*>(&thrown);
  if (marked == nullptr) return false;
  const char* const* file = boost::get_error_info<boost::throw_file>(*marked);
  return file != nullptr && std::string_view{*file}.find("boost/json/") != std::string_view::npos;
}

std::string_view kind_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "bool";
    case json::kind::string:
      return "string";
    case json::kind::array:
      return "array";
    case json::kind::object:
      return "object";
    default:
      return "number";
  }
}

std::string keys_of(const json::object& values) {
  std::string list;
  std::size_t told = 0;
  for (const auto& member : values) {
    if (told++ == keys_told_max) return list + ", …";
    list += fmt::format("{}{} ({})", list.empty() ? "" : ", ", std::string_view{member.key()},
                        kind_of(member.value()));
  }
  return list.empty() ? "nothing" : list;
}

std::string what_failed(const std::exception& thrown) {
  if (const auto* missing = dynamic_cast<const missing_key*>(&thrown))
    return fmt::format("there is no '{}'", missing->key());
  if (dynamic_cast<const std::out_of_range*>(&thrown) != nullptr)
    return "a JSON value was asked for that is not there";
  // Its what() names a file of Boost.
  std::string why = thrown.what();
  if (const auto* failed = dynamic_cast<const boost::system::system_error*>(&thrown))
    why = failed->code().message();
  return fmt::format("a JSON value is of another kind than was asked for ({})", why);
}

}  // namespace

bool is_failed_look(const std::exception& thrown) {
  return dynamic_cast<const missing_key*>(&thrown) != nullptr ||
         dynamic_cast<const misfit*>(&thrown) != nullptr || is_from_boost_json(thrown);
}

std::string text_of_look(const std::exception& thrown, std::string_view where,
                         std::string_view named, const json::object& values) {
  if (dynamic_cast<const misfit*>(&thrown) != nullptr)
    return printable(fmt::format("{}: {} in the JSON of a struct", where, thrown.what()));
  return printable(
      fmt::format("{}: {}; {} has {}", where, what_failed(thrown), named, keys_of(values)));
}

std::string printable(std::string text) {
  if (!schema::is_valid_utf8(text) || text.find('\0') != std::string::npos)
    std::replace_if(
        text.begin(), text.end(), [](char c) { return c == '\0' || (c & 0x80) != 0; }, '?');
  if (text.size() > text_bytes_max) {
    std::size_t end = text_bytes_max;
    while ((text[end] & 0xC0) == 0x80) --end;
    text.resize(end);
  }
  return text;
}

}  // namespace nava::engine
