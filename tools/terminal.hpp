// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

/// What people see of the tool. Text from a database is made harmless for a terminal first.
namespace nava::tools {

/// `text` with control characters, which could move the cursor or fake a line, as `?`.
[[nodiscard]] std::string printable(std::string_view text);

/// Columns aligned by their widest cell. Cells are cut at `cell_width_max` characters, those of
/// the last column, which align nothing, at `last_cell_width_max`.
class text_table {
 public:
  static constexpr std::size_t cell_width_max = 60;
  static constexpr std::size_t last_cell_width_max = 400;

  explicit text_table(std::vector<std::string> headings);
  void add(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.size() == 1; }
  void print(std::ostream& out, std::string_view indent = "") const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

/// A line on standard error that counts up, for work that takes longer than a second; only
/// where standard error is a terminal.
class progress_line {
 public:
  /// A total of 0 is one that is not known.
  explicit progress_line(std::string what, std::size_t total = 0);
  ~progress_line();
  progress_line(const progress_line&) = delete;
  progress_line& operator=(const progress_line&) = delete;

  void advance_to(std::size_t done);

 private:
  using clock = std::chrono::steady_clock;

  std::string what_;
  std::size_t total_;
  bool is_terminal_;
  bool is_shown_ = false;
  clock::time_point next_;
};

/// Makes the first Ctrl-C or TERM signal set a flag instead of ending the program at once.
void watch_for_interrupt();
[[nodiscard]] bool interrupted() noexcept;

}  // namespace nava::tools
