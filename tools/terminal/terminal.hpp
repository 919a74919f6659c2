// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

/// The terminal that people sit at, where there is one.
namespace nava::tools {

/// The columns of the terminal that standard output is; 0 where it is none.
[[nodiscard]] std::size_t terminal_width();

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

  /// Takes the line back, so that something else can be printed in its place.
  void clear();

 private:
  using clock = std::chrono::steady_clock;

  std::string what_;
  std::size_t total_;
  bool is_terminal_;
  bool is_shown_ = false;
  clock::time_point next_;
};

/// Whether standard input is a terminal, so that there is somebody to ask.
[[nodiscard]] bool can_ask();
/// Asks on standard error, and takes nothing but `y` and `yes` for yes.
[[nodiscard]] bool is_confirmed(std::string_view question);

/// Makes the first Ctrl-C or TERM signal set a flag instead of ending the program at once.
void watch_for_interrupt();
[[nodiscard]] bool interrupted() noexcept;

}  // namespace nava::tools
