// SPDX-License-Identifier: Apache-2.0
#include "workflow/storable.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

namespace nava {
namespace {

class storable_check {
 public:
  explicit storable_check(std::string_view where) : path_(where) {}

  void visit(json::value& value, std::size_t depth) {
    if (depth > json_depth_max && value.is_structured())
      refuse("is nested deeper than the limit of 64 levels");
    switch (value.kind()) {
      case json::kind::string:
        check_text(value.get_string());
        break;
      case json::kind::double_:
        make_canonical(value);
        break;
      case json::kind::uint64:
        if (value.get_uint64() <= std::numeric_limits<std::int64_t>::max())
          value = static_cast<std::int64_t>(value.get_uint64());
        break;
      case json::kind::object:
        for (auto& member : value.get_object()) {
          const std::size_t length = path_.size();
          check_text(member.key());
          path_.append(".").append(member.key().data(), member.key().size());
          visit(member.value(), depth + 1);
          path_.resize(length);
        }
        break;
      case json::kind::array:
        for (auto& element : value.get_array()) visit(element, depth + 1);
        break;
      default:
        break;
    }
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    throw error{error_kind::invalid_input, path_ + " " + std::string{why}};
  }

  void check_text(std::string_view text) const {
    if (text.find('\0') != std::string_view::npos) refuse("contains a NUL byte; remove it");
    if (!schema::is_valid_utf8(text)) refuse("is not valid UTF-8; convert it first");
  }

  void make_canonical(json::value& value) const {
    const double number = value.get_double();
    if (!std::isfinite(number)) refuse("is not a finite number, which JSON cannot hold");
    if (std::trunc(number) != number) return;
    if (number >= -0x1p63 && number < 0x1p63)
      value = static_cast<std::int64_t>(number);
    else if (number > 0 && number < 0x1p64)
      value = static_cast<std::uint64_t>(number);
  }

  std::string path_;
};

// Adds up until it is known that the bound is passed, and looks no deeper than a payload may be, so
// neither breadth nor depth costs more than what could be stored.
class size_count {
 public:
  std::size_t of(const json::value& value, std::size_t depth) {
    if (value.is_string()) return value.get_string().size() + 2;
    if (value.is_object()) return of(value.get_object(), depth);
    if (value.is_array()) return of(value.get_array(), depth);
    return 1;
  }

  std::size_t of(const json::object& object, std::size_t depth) {
    std::size_t bytes = 2;
    for (auto member = object.begin(); member != object.end() && goes_on(bytes, depth); ++member)
      bytes += member->key().size() + 3 + of(member->value(), depth + 1);
    return bytes;
  }

  std::size_t of(const json::array& array, std::size_t depth) {
    std::size_t bytes = 2;
    for (auto element = array.begin(); element != array.end() && goes_on(bytes, depth); ++element)
      bytes += of(*element, depth + 1);
    return bytes;
  }

 private:
  static bool goes_on(std::size_t bytes, std::size_t depth) {
    return bytes <= unit_bytes_max && depth <= stored_depth_max;
  }
};

}  // namespace

void make_storable(json::value& value, std::string_view where, std::size_t levels_above) {
  storable_check{where}.visit(value, levels_above);
}

std::size_t least_size(const json::object& value) { return size_count{}.of(value, 0); }

std::size_t least_size(const json::array& value) { return size_count{}.of(value, 0); }

void check_size(std::size_t size, std::string_view subject) {
  if (size > unit_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("what is to be stored is at least {} bytes long as JSON ({}), {} are "
                            "allowed; keep large payloads elsewhere and refer to them, or store it "
                            "in parts",
                            size, subject, unit_bytes_max)};
}

}  // namespace nava
