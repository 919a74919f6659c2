// SPDX-License-Identifier: Apache-2.0
//
// A streaming reader of RFC 4180 comma-separated values: UTF-8, LF or CRLF, every record as wide
// as the first. The separator is the one that a first line `sep=X` names, which spreadsheets write;
// else the one of comma, semicolon and tab that stands most often in the first record outside of
// quotes, and the comma where none does or others stand as often.
//
// Thread-safety: none; one reader and its stream belong to one thread at a time.
// Invariants: holds one block of input and no record; the stream outlives the reader and is read by
// nobody else meanwhile (the reader reads ahead by up to one block).

#pragma once

#include <array>
#include <cstddef>
#include <istream>
#include <stdexcept>
#include <string>
#include <vector>

namespace nava::tools {

// Input that is not the CSV described above, or cannot be read. The message begins "line N: " and
// says what is wrong and what to do about it.
class csv_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class csv_reader {
 public:
  static constexpr std::size_t block_bytes = std::size_t{64} * 1024;
  static constexpr std::size_t max_field_bytes = std::size_t{1024} * 1024;
  static constexpr std::size_t max_fields = 4096;

  // Reads nothing yet.
  explicit csv_reader(std::istream& in);

  csv_reader(const csv_reader&) = delete;
  csv_reader& operator=(const csv_reader&) = delete;
  csv_reader(csv_reader&&) = delete;
  csv_reader& operator=(csv_reader&&) = delete;
  ~csv_reader() = default;

  // Replaces `fields` by the fields of the next record, unquoted, and returns true; returns false
  // at the end of the input, with `fields` untouched. Lines with nothing at all and a byte order
  // mark at the start are skipped. Strings already in `fields` lend their capacity. Throws
  // csv_error for a quote that is never closed, text after a closing quote, a quote inside an
  // unquoted field, a carriage return outside quotes with no line feed after it, a NUL byte,
  // invalid UTF-8, a record with another number of fields than the first, a field of more than
  // max_field_bytes, a record of more than max_fields fields, and a stream that fails. `fields` is
  // then unspecified and the reader fit only for destruction.
  bool next(std::vector<std::string>& fields);

  // The 1-based number of the line on which the last record began; 0 before the first record.
  // Lines are counted by their line feeds, those inside quotes included.
  std::size_t line() const { return record_line_; }

  // Of the fields; known after the first record.
  char separator() const { return separator_; }

 private:
  static constexpr int end_of_input = -1;

  int peek();
  bool refill();
  void find_separator();
  const char* find_stop(unsigned char kind) const;
  bool skip_blank_lines();
  bool read_field(std::string& field);
  void read_plain(std::string& field);
  void read_quoted(std::string& field);
  bool end_field(bool quoted);
  void end_line();
  void append(std::string& field, const char* until, std::size_t began);
  void check_width(std::size_t width);

  std::istream& in_;
  std::vector<char> block_;
  const char* pos_;
  const char* end_;
  char separator_ = ',';
  std::array<unsigned char, 256> stops_;
  bool started_ = false;
  bool exhausted_ = false;
  std::size_t line_ = 1;
  std::size_t record_line_ = 0;
  std::size_t width_ = 0;
};

}  // namespace nava::tools
