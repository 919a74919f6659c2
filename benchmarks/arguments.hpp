// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <stdexcept>

#include "benchmarks/workload.hpp"

namespace nava::benchmarks {

/// A command line that means nothing; one line that says what to do.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct command {
  const workload* chosen = nullptr;
  options given;
  std::string json{};  ///< the file for the JSON; empty: none
};

/// The run that the command line asks for; empty where it asked for help, which was printed.
/// Throws usage_error.
[[nodiscard]] std::optional<command> parse(int argc, const char* const* argv,
                                           const std::vector<workload>& known);

}  // namespace nava::benchmarks
