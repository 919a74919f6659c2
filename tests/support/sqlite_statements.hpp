// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nava::test {

/// Counts the statements that SQLite runs on connections opened while it lives, in the whole
/// process. One at a time; end those connections first.
class sqlite_statements {
 public:
  sqlite_statements();
  sqlite_statements(const sqlite_statements&) = delete;
  sqlite_statements& operator=(const sqlite_statements&) = delete;
  ~sqlite_statements();

  [[nodiscard]] std::size_t run() const;
  /// Instructions of SQLite's virtual machine, of the statements that have ended.
  [[nodiscard]] std::size_t vm_steps() const;
};

}  // namespace nava::test
