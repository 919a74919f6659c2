// SPDX-License-Identifier: Apache-2.0
#include "support/program.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <system_error>
#include <thread>

#include "support/files.hpp"

namespace nava::test {
namespace {

constexpr std::chrono::milliseconds look_again{5};

void check(int code, const char* what) {
  if (code != 0) throw std::system_error{code, std::generic_category(), what};
}

std::vector<std::string> changed_environment(const program::environment& changed) {
  std::vector<std::string> variables;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string variable{*each};
    if (!changed.contains(variable.substr(0, variable.find('=')))) variables.push_back(variable);
  }
  for (const auto& [name, value] : changed)
    if (!value.empty()) variables.push_back(name + "=" + value);
  return variables;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

class file_actions {
 public:
  file_actions() { check(posix_spawn_file_actions_init(&actions_), "file actions"); }
  file_actions(const file_actions&) = delete;
  file_actions& operator=(const file_actions&) = delete;
  ~file_actions() { posix_spawn_file_actions_destroy(&actions_); }

  void open(int descriptor, const std::string& file, int flags) {
    check(posix_spawn_file_actions_addopen(&actions_, descriptor, file.c_str(), flags, 0600),
          "file actions");
  }
  void change_directory(const std::string& to) {
    check(posix_spawn_file_actions_addchdir_np(&actions_, to.c_str()), "file actions");
  }
  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

program::program(const std::filesystem::path& file, std::vector<std::string> arguments,
                 const environment& changed) {
  file_actions actions;
  actions.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  actions.open(STDOUT_FILENO, out_file(), O_WRONLY | O_CREAT);
  actions.open(STDERR_FILENO, err_file(), O_WRONLY | O_CREAT);
  actions.change_directory(directory());
  arguments.insert(arguments.begin(), file.string());
  auto variables = changed_environment(changed);
  check(posix_spawn(&pid_, file.c_str(), actions.get(), nullptr, pointers(arguments).data(),
                    pointers(variables).data()),
        file.c_str());
}

program::~program() { kill_and_reap(); }

std::filesystem::path program::out_file() const { return captured_.path() / "out"; }

std::filesystem::path program::err_file() const { return captured_.path() / "err"; }

void program::kill_and_reap() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
  pid_ = -1;
}

bool program::is_running() {
  if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = -1;
  return pid_ > 0;
}

void program::send(int signal) const {
  if (pid_ > 0) ::kill(pid_, signal);
}

std::string program::errors_so_far() const { return content_of(err_file()); }

program_result program::wait(std::chrono::seconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (is_running()) {
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error{"the program did not end within " + std::to_string(limit.count()) +
                               " s; it said: " + content_of(err_file())};
    std::this_thread::sleep_for(look_again);
  }
  const int code = WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  return {code, content_of(out_file()), content_of(err_file())};
}

}  // namespace nava::test
