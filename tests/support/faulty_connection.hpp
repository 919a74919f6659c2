// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>
#include <optional>

#include "persistence/connection/connection.hpp"
#include "support/databases.hpp"

namespace nava::test {

/// How a statement fails, as a database or a network would.
enum class statement_fault {
  before,         ///< the connection is lost, and the server has not seen it
  after,          ///< it was run, and the connection is lost
  serialization,  ///< 40001
  deadlock,       ///< 40P01
  lock            ///< 55P03
};
inline constexpr std::array statement_faults{statement_fault::before, statement_fault::after,
                                             statement_fault::serialization,
                                             statement_fault::deadlock, statement_fault::lock};

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

 private:
  mutable std::mutex mutex_;
  std::size_t statements_ = 0;
  std::map<std::size_t, statement_fault> faults_;
};

/// The store of a database that is there, whose statements `faults` counts and fails.
[[nodiscard]] std::unique_ptr<persistence::store> open_with_faults(
    const test_database& database, std::shared_ptr<fault_counter> faults);

}  // namespace nava::test
