// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <thread>

namespace nava::test {

/// What a client of PostgreSQL says before it has a session: the parameters of its startup packet
/// and its password.
struct startup {
  std::map<std::string, std::string> parameters;
  std::string password;
};

/// Stands where a server would, at a unix-domain socket in a directory that is there, asks one
/// client for its password in clear text and refuses it.
class startup_listener {
 public:
  /// Throws std::runtime_error where the socket cannot be made.
  explicit startup_listener(const std::string& directory);
  startup_listener(const startup_listener&) = delete;
  startup_listener& operator=(const startup_listener&) = delete;
  ~startup_listener();

  /// What the client said; waits until it has. Empty where no client came, or none to the end.
  [[nodiscard]] startup heard();

 private:
  void listen_to(int client);

  int listener_ = -1;
  startup heard_;
  std::thread thread_;
};

}  // namespace nava::test
