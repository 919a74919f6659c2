// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "persistence/connection/connection.hpp"

namespace nava::test {

/// Takes a guarantee out of the statements of a store, so that a test can show that it is missed.
/// Thread-safe.
class sql_rewriter {
 public:
  /// From now on `to` stands where `from` stood.
  void rewrite(std::string from, std::string to);
  /// Statements are as they are again.
  void restore();
  /// Whether a statement has been changed since rewrite().
  [[nodiscard]] bool has_fired() const;

  [[nodiscard]] persistence::statement rewritten(const persistence::statement& what);

 private:
  mutable std::mutex mutex_;
  std::string from_, to_;
  bool has_fired_ = false;
  std::map<std::uint64_t, persistence::statement> made_;  // by the id of the original
};

/// `real` with its statements rewritten.
[[nodiscard]] std::unique_ptr<persistence::connection> rewritten(
    std::unique_ptr<persistence::connection> real, std::shared_ptr<sql_rewriter> rewriter);

}  // namespace nava::test
