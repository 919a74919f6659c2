// SPDX-License-Identifier: Apache-2.0
#include "tools/terminal/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <iostream>

namespace nava::tools {
namespace {

constexpr std::chrono::seconds progress_after{1};
constexpr std::chrono::milliseconds progress_every{200};

volatile std::sig_atomic_t interrupt_flag = 0;

void on_signal(int) { interrupt_flag = 1; }

}  // namespace

std::size_t terminal_width() {
  constexpr std::size_t width_usual = 80, width_min = 40;
  if (isatty(STDOUT_FILENO) == 0) return 0;
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return width_usual;
  return size.ws_col < width_min ? width_min : size.ws_col;
}

progress_line::progress_line(std::string what, std::size_t total)
    : what_(std::move(what)),
      total_(total),
      is_terminal_(isatty(STDERR_FILENO) != 0),
      next_(clock::now() + progress_after) {}

progress_line::~progress_line() { clear(); }

void progress_line::clear() {
  if (is_shown_) std::cerr << "\r\033[K" << std::flush;
  is_shown_ = false;
}

void progress_line::advance_to(std::size_t done) {
  if (!is_terminal_ || clock::now() < next_) return;
  next_ = clock::now() + progress_every;
  is_shown_ = true;
  std::cerr << "\r\033[K" << what_ << ' ' << done;
  if (total_ > 0) std::cerr << " of " << total_;
  std::cerr << std::flush;
}

bool can_ask() { return isatty(STDIN_FILENO) != 0; }

bool is_confirmed(std::string_view question) {
  std::cerr << question << " [y/N] " << std::flush;
  std::string answer;
  // The end of the input leaves the cursor behind the question.
  if (!std::getline(std::cin, answer)) std::cerr << '\n';
  return answer == "y" || answer == "Y" || answer == "yes" || answer == "YES" || answer == "Yes";
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
