// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <csignal>
#include <fstream>
#include <optional>
#include <string>

#include "support/catch.hpp"

namespace nava::test {

/// A server process of this machine that does nothing until the end of the scope.
class stopped_process {
 public:
  /// Nothing where `pid` is no process of PostgreSQL here, or not ours to stop.
  [[nodiscard]] static std::optional<stopped_process> of(pid_t pid) {
    std::string name;
    std::ifstream{"/proc/" + std::to_string(pid) + "/comm"} >> name;
    if (!name.starts_with("postgres") || ::kill(pid, SIGSTOP) != 0) {
      WARN("no process of the server can be stopped from here");
      return std::nullopt;
    }
    return stopped_process{pid};
  }
  stopped_process(stopped_process&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  stopped_process& operator=(stopped_process&&) = delete;
  ~stopped_process() {
    if (pid_ != 0) ::kill(pid_, SIGCONT);
  }

 private:
  explicit stopped_process(pid_t pid) : pid_(pid) {}

  pid_t pid_;
};

}  // namespace nava::test
