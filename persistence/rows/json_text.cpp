// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/json_text.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <limits>
#include <nava/workflow/error.hpp>
#include <nava/workflow/limits.hpp>

namespace nava::persistence {
namespace {

// Builds values as json::parse does, but converts the text of doubles with
// std::from_chars, which rounds correctly.
class exact_number_handler {
 public:
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t count, json::error_code&) {
    stack_.push_array(count);
    return true;
  }
  bool on_object_begin(json::error_code&) { return true; }
  bool on_object_end(std::size_t count, json::error_code&) {
    stack_.push_object(count);
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_string(part);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    stack_.push_key(part);
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    number_.append(part.data(), part.size());
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    number_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t value, json::string_view, json::error_code&) {
    number_.clear();
    stack_.push_uint64(value);
    return true;
  }
  bool on_double(double value, json::string_view part, json::error_code& code) {
    number_.append(part.data(), part.size());
    std::from_chars(number_.data(), number_.data() + number_.size(), value);
    number_.clear();
    // What is read must be what can be written.
    if (std::isinf(value)) code = json::error::exponent_overflow;
    if (code) return false;
    stack_.push_double(value);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  void reset(json::storage_ptr memory) { stack_.reset(std::move(memory)); }
  json::value release() { return stack_.release(); }

 private:
  json::value_stack stack_;
  std::string number_;
};

}  // namespace

json::value parse_stored_json(std::string_view text, json::storage_ptr memory) {
  json::parse_options options;
  options.max_depth = stored_depth_max;
  json::basic_parser<exact_number_handler> parser{options};
  parser.handler().reset(std::move(memory));
  json::error_code code;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), code);
  if (!code && read != text.size()) code = json::error::extra_data;
  if (code == json::error::exponent_overflow)
    throw unreadable_value{
        "the database holds a number that is too large; a double has up to 1.8e308"};
  if (code || !parser.done())
    throw unreadable_value{"the database holds text that is not JSON: " + code.message()};
  return parser.handler().release();
}

}  // namespace nava::persistence
