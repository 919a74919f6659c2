// SPDX-License-Identifier: Apache-2.0
#include "tools/event_log/xes_reader.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <exception>
#include <new>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace nava::tools {
namespace {

constexpr std::size_t block_bytes = std::size_t{64} * 1024;

enum class attribute_type { string, date, integer, real, boolean, id, list, container };

std::optional<attribute_type> type_of(std::string_view element) {
  if (element == "string") return attribute_type::string;
  if (element == "date") return attribute_type::date;
  if (element == "int") return attribute_type::integer;
  if (element == "float") return attribute_type::real;
  if (element == "boolean") return attribute_type::boolean;
  if (element == "id") return attribute_type::id;
  if (element == "list") return attribute_type::list;
  if (element == "container") return attribute_type::container;
  return std::nullopt;
}

template <class Number>
std::optional<Number> number_in(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  return read.ec == std::errc{} && read.ptr == end ? std::optional{number} : std::nullopt;
}

// Logs of the wild have NaN and empty texts for numbers: those stay texts.
json::value scalar(attribute_type type, std::string_view text) {
  if (type == attribute_type::integer)
    if (const auto number = number_in<std::int64_t>(text)) return *number;
  if (type == attribute_type::real)
    if (const auto number = number_in<double>(text); number && std::isfinite(*number))
      return *number;
  if (type == attribute_type::boolean && (text == "true" || text == "1")) return true;
  if (type == attribute_type::boolean && (text == "false" || text == "0")) return false;
  return json::string{text};
}

struct attribute {
  attribute_type type{};
  std::string key;
  json::value value;      // of a scalar
  json::object children;  // but for a list
  json::array items;      // of a list
};

json::value value_of(attribute&& made) {
  if (made.type == attribute_type::list) return std::move(made.items);
  if (made.type == attribute_type::container) return std::move(made.children);
  if (made.children.empty()) return std::move(made.value);
  return {{"value", std::move(made.value)}, {"children", std::move(made.children)}};
}

std::string_view local_name(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

class xes_reader::parser {
 public:
  explicit parser(std::istream& in) : in_(in), expat_(XML_ParserCreate(nullptr)) {
    if (expat_ == nullptr) throw std::bad_alloc{};
    XML_SetUserData(expat_, this);
    XML_SetElementHandler(expat_, on_start, on_end);
  }
  parser(const parser&) = delete;
  parser& operator=(const parser&) = delete;
  ~parser() { XML_ParserFree(expat_); }

  bool next(xes_event& event) {
    if (std::exchange(is_ready_, false)) check(XML_ResumeParser(expat_));
    while (!is_ready_ && !is_done_) parse_block();
    if (is_ready_) event = std::move(event_);
    return is_ready_;
  }

 private:
  enum class place { outside, log, trace, event };

  static void XMLCALL on_start(void* self, const XML_Char* name, const XML_Char** given) {
    auto& parser = *static_cast<class parser*>(self);
    parser.guarded([&] { parser.start(local_name(name), given); });
  }
  static void XMLCALL on_end(void* self, const XML_Char*) {
    auto& parser = *static_cast<class parser*>(self);
    parser.guarded([&] { parser.end(); });
  }

  // An exception must not cross the frames of a C library.
  template <class Handle>
  void guarded(Handle handle) {
    if (thrown_) return;
    try {
      handle();
    } catch (...) {
      thrown_ = std::current_exception();
      XML_StopParser(expat_, XML_FALSE);
    }
  }

  [[noreturn]] void fail(std::string_view why) const {
    throw xes_error{fmt::format("line {}: {}", XML_GetCurrentLineNumber(expat_), why)};
  }

  void parse_block() {
    void* const block = XML_GetBuffer(expat_, static_cast<int>(block_bytes));
    if (block == nullptr) throw std::bad_alloc{};
    in_.read(static_cast<char*>(block), static_cast<std::streamsize>(block_bytes));
    if (in_.bad()) fail("the input cannot be read; check that the file opens and its disk works");
    const auto read = in_.gcount();
    is_done_ = in_.eof();
    fed_ += read;
    check(XML_ParseBuffer(expat_, static_cast<int>(read), is_done_ ? 1 : 0));
    // What is begun and not ended is held until it ends.
    const XML_Index begun = XML_GetCurrentByteIndex(expat_);
    if (!is_ready_ && begun >= 0 && fed_ - begun > static_cast<XML_Index>(element_bytes_max))
      fail(fmt::format("an element of more than {} bytes begins here; shorten it",
                       element_bytes_max));
  }

  void check(XML_Status status) const {
    if (thrown_) std::rethrow_exception(thrown_);
    if (status == XML_STATUS_ERROR) fail_parse();
  }

  [[noreturn]] void fail_parse() const {
    const XML_Error code = XML_GetErrorCode(expat_);
    if (code == XML_ERROR_UNKNOWN_ENCODING)
      fail("the encoding is not read; convert the file to UTF-8");
    if (is_done_ && (code == XML_ERROR_NO_ELEMENTS || code == XML_ERROR_UNCLOSED_TOKEN))
      fail("the file ends in the middle of the log; get it again");
    fail(fmt::format("this is not well-formed XML: {}; fix the file or get it again",
                     XML_ErrorString(code)));
  }

  void start(std::string_view element, const XML_Char** given) {
    if (passed_over_ > 0) {
      ++passed_over_;
    } else if (place_ == place::outside) {
      if (element != "log") fail(fmt::format("XES begins with <log>, and this with <{}>", element));
      place_ = place::log;
    } else if (place_ == place::log && element == "event") {
      fail("an event outside of a trace has no case; put it into one");
    } else if (place_ == place::log && element == "trace") {
      place_ = place::trace;
      trace_.clear();
      has_event_ = false;
    } else if (place_ == place::trace && open_.empty() && element == "event") {
      place_ = place::event;
      has_event_ = true;
      event_ = {static_cast<std::size_t>(XML_GetCurrentLineNumber(expat_)), trace_};
      own_.clear();
    } else if (const auto type = type_of(element); type && place_ != place::log) {
      open_.push_back(attribute_in(*type, given));
      if (open_.size() > levels_max)
        fail(fmt::format("attributes lie more than {} levels deep", levels_max));
    } else if (open_.empty() || element != "values") {
      passed_over_ = 1;
    }
    is_wrapper_.push_back(element == "values" && passed_over_ == 0);
    // An attribute may have a wrapper for each level; what is passed over holds memory too.
    if (is_wrapper_.size() > 4 * levels_max)
      fail(fmt::format("elements lie more than {} levels deep", 4 * levels_max));
  }

  void end() {
    const bool was_wrapper = is_wrapper_.back();
    is_wrapper_.pop_back();
    if (was_wrapper) return;
    if (passed_over_ > 0) {
      --passed_over_;
    } else if (!open_.empty()) {
      attribute made = std::move(open_.back());
      open_.pop_back();
      add(std::move(made));
    } else if (place_ == place::event) {
      place_ = place::trace;
      for (auto& member : own_) event_.values[member.key()] = std::move(member.value());
      is_ready_ = true;
      XML_StopParser(expat_, XML_TRUE);
    } else {
      place_ = place_ == place::trace ? place::log : place::outside;
    }
  }

  attribute attribute_in(attribute_type type, const XML_Char** given) const {
    const char *key = nullptr, *value = nullptr;
    for (; *given != nullptr; given += 2) {
      if (std::string_view{given[0]} == "key") key = given[1];
      if (std::string_view{given[0]} == "value") value = given[1];
    }
    if (key == nullptr) fail("an attribute has no key");
    attribute made{type, key, nullptr, {}, {}};
    if (type == attribute_type::list || type == attribute_type::container) return made;
    if (value == nullptr) fail(fmt::format("the attribute '{}' has no value", key));
    made.value = scalar(type, value);
    return made;
  }

  void add(attribute&& made) {
    const std::string key = made.key;
    json::value value = value_of(std::move(made));
    if (!open_.empty() && open_.back().type == attribute_type::list) {
      open_.back().items.push_back(json::object{{key, std::move(value)}});
      return;
    }
    if (!open_.empty()) return insert(open_.back().children, key, std::move(value));
    if (place_ == place::event) return insert(own_, key, std::move(value));
    if (has_event_)
      fail(fmt::format("the attribute '{}' of a trace stands behind an event; put it before", key));
    insert(trace_, "case:" + key, std::move(value));
  }

  void insert(json::object& into, std::string_view key, json::value&& value) const {
    if (into.size() == attributes_max)
      fail(fmt::format("there are more than {} attributes", attributes_max));
    if (!into.emplace(key, std::move(value)).second)
      fail(fmt::format("there are two attributes '{}'; rename one of them", key));
  }

  std::istream& in_;
  XML_Parser expat_;
  XML_Index fed_ = 0;
  bool is_done_ = false;
  std::exception_ptr thrown_;
  place place_ = place::outside;
  std::size_t passed_over_ = 0;   // open elements that say nothing
  std::vector<bool> is_wrapper_;  // of the open elements: whether it is the <values> of a list
  std::vector<attribute> open_;
  json::object trace_, own_;
  bool has_event_ = false;
  xes_event event_;
  bool is_ready_ = false;  // the event; the parser waits behind it
};

xes_reader::xes_reader(std::istream& in) : parser_(std::make_unique<parser>(in)) {}

xes_reader::~xes_reader() = default;

bool xes_reader::next(xes_event& event) { return parser_->next(event); }

}  // namespace nava::tools
