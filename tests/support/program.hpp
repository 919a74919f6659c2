// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "support/databases.hpp"

namespace nava::test {

/// What a program that ended has left. `exit_code` is 128 and the signal for one that was killed.
struct program_result {
  int exit_code = 0;
  std::string out;
  std::string err;
};

/// A child process with empty input and captured output, in an empty directory of its own that
/// goes with it. A child that still runs is killed by the destructor. One thread at a time.
class program {
 public:
  using environment = std::map<std::string, std::string>;

  /// Variables in `changed` replace inherited ones; an empty value removes. Throws
  /// std::system_error where the program cannot be started.
  explicit program(const std::filesystem::path& file, std::vector<std::string> arguments,
                   const environment& changed = {});
  program(const program&) = delete;
  program& operator=(const program&) = delete;
  ~program();

  [[nodiscard]] bool is_running();
  void send(int signal) const;

  /// What it has written to its standard error up to now.
  [[nodiscard]] std::string errors_so_far() const;

  /// Waits for the end. Throws std::runtime_error when it has not come by then.
  program_result wait(std::chrono::seconds limit = std::chrono::seconds{240});

  [[nodiscard]] const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  void kill_and_reap();
  [[nodiscard]] std::filesystem::path out_file() const;
  [[nodiscard]] std::filesystem::path err_file() const;

  temporary_directory directory_;
  temporary_directory captured_;
  pid_t pid_ = -1;
  int status_ = 0;
};

}  // namespace nava::test
