// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/workflow/error.hpp>
#include <thread>

namespace nava::persistence::postgresql {

/// Whether `failure` is what a statement says of a table that was dropped while the statement
/// waited for it, was planned or printed its expressions. XX000 says no more than that the server
/// did not find what its catalog named a moment ago.
[[nodiscard]] inline bool found_no_table(const error& failure) {
  return failure.sqlstate() == "42P01" || failure.sqlstate() == "XX000";
}

/// The result of `read`, which reads the catalog of a server and is called again after a pause,
/// with a new snapshot, while tables are dropped beside it: pg_get_indexdef() and its like look at
/// the present. Not within a transaction, which the failure ends. The last failure is thrown.
template <class Read>
[[nodiscard]] auto read_beside_drops(Read read) {
  constexpr int tries_max = 10;
  for (int tries = 1;; ++tries) {
    try {
      return read();
    } catch (const error& failure) {
      if (!found_no_table(failure) || tries == tries_max) throw;
    }
    std::this_thread::sleep_for(tries * std::chrono::milliseconds{2});
  }
}

}  // namespace nava::persistence::postgresql
