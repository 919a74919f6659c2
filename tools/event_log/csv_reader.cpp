// SPDX-License-Identifier: Apache-2.0

#include "tools/event_log/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <exception>
#include <ios>
#include <nava/schema/text.hpp>
#include <string_view>

#include "tools/byte_order_mark.hpp"

namespace nava::tools {
namespace {

constexpr unsigned char stops_plain = 1;
constexpr unsigned char stops_quoted = 2;

// The comma comes first: it is taken where another stands as often.
constexpr std::string_view separators = ",;\t";

constexpr std::array<unsigned char, 256> stops_with(char separator) {
  std::array<unsigned char, 256> stops{};
  stops[static_cast<unsigned char>(separator)] = stops_plain;
  stops['\r'] = stops_plain;
  stops['\n'] = stops_plain | stops_quoted;
  stops['"'] = stops_plain | stops_quoted;
  stops['\0'] = stops_plain | stops_quoted;
  return stops;
}

bool can_separate(char c) {
  const auto code = static_cast<unsigned char>(c);
  const bool is_word = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c == '\t' || (code > ' ' && code < 0x7F && c != '"' && !is_word);
}

// The line that names the separator, as spreadsheets write it: `sep=;`.
bool names_separator(std::string_view text) {
  return text.size() > 4 && text.starts_with("sep=") && can_separate(text[4]) &&
         (text.size() == 5 || text[5] == '\r' || text[5] == '\n');
}

// The first record, as far as it is in `text`.
char most_frequent_separator(std::string_view text) {
  std::array<std::size_t, separators.size()> counts{};
  bool is_quoted = false;
  for (const char c : text) {
    if (c == '"') is_quoted = !is_quoted;
    if (is_quoted) continue;
    if (c == '\n') break;
    if (const std::size_t place = separators.find(c); place != std::string_view::npos)
      ++counts[place];
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  return separators[static_cast<std::size_t>(most - counts.begin())];
}

std::string named(char separator) {
  if (separator == ',') return "commas";
  if (separator == ';') return "semicolons";
  return separator == '\t' ? "tabs" : std::string{"the separator "} + separator;
}

[[noreturn]] void fail(std::size_t line, const std::string& what) {
  throw csv_error("line " + std::to_string(line) + ": " + what);
}

[[noreturn]] void fail_nul(std::size_t line) {
  fail(line, "NUL byte; remove it, or save the file as UTF-8 if it is UTF-16");
}

}  // namespace

csv_reader::csv_reader(std::istream& in)
    : in_(in),
      block_(block_bytes),
      pos_(block_.data()),
      end_(block_.data()),
      stops_(stops_with(separator_)) {}

bool csv_reader::next(std::vector<std::string>& fields) {
  if (!skip_blank_lines()) return false;
  if (record_line_ == 0) {
    find_separator();
    if (!skip_blank_lines()) return false;
  }
  record_line_ = line_;
  std::size_t width = 0;
  bool more = true;
  while (more) {
    if (width == max_fields) {
      fail(record_line_, "record of more than " + std::to_string(max_fields) +
                             " fields; look for a wrong separator or drop columns");
    }
    if (width == fields.size()) fields.emplace_back();
    more = read_field(fields[width]);
    ++width;
  }
  fields.resize(width);
  check_width(width);
  return true;
}

int csv_reader::peek() {
  if (pos_ == end_ && !refill()) return end_of_input;
  return static_cast<unsigned char>(*pos_);
}

bool csv_reader::refill() {
  if (exhausted_) return false;
  try {
    in_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
  } catch (const std::exception&) {
    // A stream set to throw does so at an ordinary end too; its state, judged below, tells which.
  }
  if (in_.bad() || (in_.fail() && !in_.eof())) {
    fail(line_, "the input cannot be read; check that the file opens and its device works");
  }
  pos_ = block_.data();
  end_ = pos_ + in_.gcount();
  exhausted_ = in_.eof();
  // istream::read comes back short only at the end, so a mark is never split over two blocks.
  if (!started_ && std::string_view(pos_, end_).starts_with(byte_order_mark)) {
    pos_ += byte_order_mark.size();
  }
  started_ = true;
  return pos_ != end_;
}

const char* csv_reader::find_stop(unsigned char kind) const {
  const char* at = pos_;
  while (at != end_ && (stops_[static_cast<unsigned char>(*at)] & kind) == 0) ++at;
  return at;
}

// Judged by what is in the first block, which holds any header.
void csv_reader::find_separator() {
  const std::string_view text{pos_, end_};
  const bool is_named = names_separator(text);
  separator_ = is_named ? text[4] : most_frequent_separator(text);
  stops_ = stops_with(separator_);
  if (is_named) pos_ += 5;
}

bool csv_reader::skip_blank_lines() {
  int c = peek();
  while (c == '\n' || c == '\r') {
    end_line();
    c = peek();
  }
  return c != end_of_input;
}

bool csv_reader::read_field(std::string& field) {
  field.clear();
  const std::size_t began = line_;
  const bool quoted = peek() == '"';
  if (quoted) {
    read_quoted(field);
  } else {
    read_plain(field);
  }
  if (!schema::is_valid_utf8(field)) {
    fail(began, "field that is not valid UTF-8; convert the file to UTF-8");
  }
  return end_field(quoted);
}

void csv_reader::read_plain(std::string& field) {
  while (peek() != end_of_input) {
    const char* stop = find_stop(stops_plain);
    append(field, stop, line_);
    if (stop != end_) return;
  }
}

void csv_reader::read_quoted(std::string& field) {
  const std::size_t opened = line_;
  ++pos_;
  while (peek() != end_of_input) {
    const char* stop = find_stop(stops_quoted);
    append(field, stop, opened);
    if (stop == end_) continue;
    if (*stop == '\0') fail_nul(line_);
    if (*stop == '\n') {
      ++line_;
    } else {
      ++pos_;
      if (peek() != '"') return;
    }
    append(field, pos_ + 1, opened);
  }
  fail(opened, "quote that is opened here and never closed; close it, or double a literal quote");
}

bool csv_reader::end_field(bool quoted) {
  const int next = peek();
  if (next == static_cast<unsigned char>(separator_)) {
    ++pos_;
    return true;
  }
  switch (next) {
    case end_of_input:
      return false;
    case '\r':
    case '\n':
      end_line();
      return false;
    case '\0':
      fail_nul(line_);
    default:
      break;
  }
  if (quoted) {
    fail(line_, "text after a closing quote; end the field there, or double a literal quote");
  }
  fail(line_, "quote inside an unquoted field; quote the whole field and double the quote");
}

void csv_reader::end_line() {
  if (*pos_ == '\r') {
    ++pos_;
    if (peek() != '\n') {
      fail(line_,
           "carriage return without a line feed; end lines with LF or CRLF, or quote the field");
    }
  }
  ++pos_;
  ++line_;
}

void csv_reader::append(std::string& field, const char* until, std::size_t began) {
  const auto count = static_cast<std::size_t>(until - pos_);
  if (count > max_field_bytes - field.size()) {
    fail(began, "field of more than " + std::to_string(max_field_bytes) +
                    " bytes begins here; shorten it, or look for a missing closing quote");
  }
  field.append(pos_, count);
  pos_ = until;
}

void csv_reader::check_width(std::size_t width) {
  if (width_ == 0) width_ = width;
  if (width == width_) return;
  fail(record_line_, "record of " + std::to_string(width) + " fields where the first has " +
                         std::to_string(width_) +
                         "; add or remove separators, or quote fields that contain " +
                         named(separator_));
}

}  // namespace nava::tools
