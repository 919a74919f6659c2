// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "persistence/connection/connection.hpp"
#include "support/databases.hpp"

namespace nava::test {

/// How a statement fails, as a database or a network would.
enum class statement_fault {
  before,         ///< the connection is lost, and the server has not seen it
  after,          ///< it was run, and the connection is lost
  serialization,  ///< 40001
  deadlock,       ///< 40P01
  lock,           ///< 55P03
  unheard         ///< it is sent, and its answer is not awaited: the server runs it or not
};
/// All of a server. SQLite has no states, and answers at once: there the first two, and `lock`.
[[nodiscard]] std::span<const statement_fault> statement_faults_of(persistence::backend backend);

/// The statements of all connections of a store, counted from 1, and those that fail. Thread-safe.
class fault_counter {
 public:
  /// Counts from 1 again, and forgets what was to fail.
  void reset();
  void fail(std::size_t number, statement_fault how);
  [[nodiscard]] std::size_t statements() const;
  /// Whether all that was to fail has failed.
  [[nodiscard]] bool has_fired() const;

  /// Counts one. Returns how it fails, once.
  [[nodiscard]] std::optional<statement_fault> next();

  /// Notes a session of a server that was given up, which may still be at work.
  void give_up(std::string pid);
  /// Waits until none of them is there. Returns how many there were.
  [[nodiscard]] std::size_t await_given_up(raw_session& server);

 private:
  mutable std::mutex mutex_;
  std::size_t statements_ = 0;
  std::map<std::size_t, statement_fault> faults_;
  std::vector<std::string> given_up_;  // pids
};

/// The store of a database that is there, whose statements `faults` counts and fails.
[[nodiscard]] std::unique_ptr<persistence::store> open_with_faults(
    const test_database& database, std::shared_ptr<fault_counter> faults);

}  // namespace nava::test
