// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <iostream>

namespace nava::tools {
namespace {

constexpr std::chrono::seconds progress_after{1};
constexpr std::chrono::milliseconds progress_every{200};

volatile std::sig_atomic_t interrupt_flag = 0;

void on_signal(int) { interrupt_flag = 1; }

bool starts_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), starts_character));
}

std::string cut(std::string_view text, std::size_t width_max) {
  if (width(text) <= width_max) return std::string{text};
  std::size_t characters = 0, at = 0;
  while (at < text.size() && (!starts_character(text[at]) || characters++ < width_max - 1)) ++at;
  return std::string{text.substr(0, at)} + "…";
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result{text};
  std::replace_if(
      result.begin(), result.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, '?');
  // C1 controls, which some terminals obey, are U+0080 to U+009F: C2 80 to C2 9F.
  for (std::size_t i = 0; i + 1 < result.size(); ++i)
    if (result[i] == '\xC2' && static_cast<unsigned char>(result[i + 1]) < 0xA0)
      result.replace(i, 2, "?");
  return result;
}

text_table::text_table(std::vector<std::string> headings) { rows_.push_back(std::move(headings)); }

void text_table::add(std::vector<std::string> cells) {
  for (auto& cell : cells)
    cell = cut(printable(cell), &cell == &cells.back() ? last_cell_width_max : cell_width_max);
  rows_.push_back(std::move(cells));
}

void text_table::print(std::ostream& out, std::string_view indent) const {
  std::vector<std::size_t> widths(rows_.front().size(), 0);
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  for (const auto& row : rows_) {
    std::string line{indent};
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  }
}

progress_line::progress_line(std::string what, std::size_t total)
    : what_(std::move(what)),
      total_(total),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      next_(clock::now() + progress_after) {}

progress_line::~progress_line() {
  if (is_shown_) std::cerr << "\r\033[K" << std::flush;
}

void progress_line::advance_to(std::size_t done) {
  if (!is_terminal_ || clock::now() < next_) return;
  next_ = clock::now() + progress_every;
  is_shown_ = true;
  std::cerr << "\r\033[K" << what_ << ' ' << done;
  if (total_ > 0) std::cerr << " of " << total_;
  std::cerr << std::flush;
}

void watch_for_interrupt() {
  struct sigaction once {};
  once.sa_handler = on_signal;
  // The first signal asks; the second ends the program, should it hang on a server.
  once.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &once, nullptr);
  sigaction(SIGTERM, &once, nullptr);
}

bool interrupted() noexcept { return interrupt_flag != 0; }

}  // namespace nava::tools
