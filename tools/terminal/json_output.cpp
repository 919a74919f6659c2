// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal/json_output.hpp"

#include <fmt/format.h>

namespace nava::tools {
namespace {

void write_members(std::ostream& out, const json::object& object) {
  std::string_view before = "{";
  for (const auto& member : object) {
    out << before << json::serialize(member.key()) << ':';
    write_json(out, member.value());
    before = ",";
  }
  out << (object.empty() ? "{}" : "}");
}

void write_elements(std::ostream& out, const json::array& array) {
  std::string_view before = "[";
  for (const auto& element : array) {
    out << before;
    write_json(out, element);
    before = ",";
  }
  out << (array.empty() ? "[]" : "]");
}

}  // namespace

void write_json(std::ostream& out, const json::value& value) {
  if (value.is_object())
    write_members(out, value.get_object());
  else if (value.is_array())
    write_elements(out, value.get_array());
  else if (value.is_double())
    out << fmt::format("{}", value.get_double());
  else
    out << json::serialize(value);
}

}  // namespace nava::tools
