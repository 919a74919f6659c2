// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "persistence/connection/connection.hpp"

namespace nava::test {

/// Takes a guarantee out of the statements of a store, so that a test can show that it is missed.
/// Thread-safe.
class sql_rewriter {
 public:
  /// From now on `to` stands where `from` stood, beside earlier changes.
  void rewrite(std::string from, std::string to);
  /// Statements are as they are again.
  void restore();
  /// Whether each change has been made in a statement or script.
  [[nodiscard]] bool has_fired() const;

  [[nodiscard]] persistence::statement rewritten(const persistence::statement& what);
  [[nodiscard]] std::string rewritten(const std::string& script);

 private:
  struct change {
    std::string from, to;
    bool has_fired = false;
  };

  [[nodiscard]] std::string replaced(std::string sql);

  mutable std::mutex mutex_;
  std::vector<change> changes_;
  std::map<std::uint64_t, persistence::statement> made_;  // by the id of the original
};

/// `real` with its statements rewritten.
[[nodiscard]] std::unique_ptr<persistence::connection> rewritten(
    std::unique_ptr<persistence::connection> real, std::shared_ptr<sql_rewriter> rewriter);

}  // namespace nava::test
