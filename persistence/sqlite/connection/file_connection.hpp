// SPDX-License-Identifier: Apache-2.0
#pragma once

// SOCI's header includes sqlite3.h inside a namespace of its own, so <sqlite3.h> itself must
// not be included beside it.
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <nava/persistence/database_url.hpp>

#include "persistence/sqlite/connection/open_files.hpp"
#include "persistence/sqlite/connection/soci_connection.hpp"

namespace nava::persistence::sqlite {

enum class access {
  plain,  ///< leaves the journal mode as it is: to look at a file, and to migrate it
  read,   ///< reads, and never checkpoints
  write   ///< the one connection of a store that writes and checkpoints
};

/// A session on a SQLite file, with foreign keys asserted to be on. Every transaction begins with a
/// look at whether the path still leads to the file that is open (error `other`), and every write
/// ends with one (error outcome_unknown). After a failure of the disk the connection is of no more
/// use: what a failed COMMIT has left in the log is for the next connection to find.
class file_connection : public soci_connection {
 public:
  /// What others have locked it waits for until its deadline, and where it has none for
  /// `busy_timeout`. `expected` is the file that the path has to lead to; without one, any. Throws
  /// error: invalid_input for what is no file, not_found where the file cannot be opened, `other`
  /// where it is not the expected one. A file that is not a database is invalid_input, at the first
  /// statement that reads it.
  file_connection(const database_url& url, access how, std::chrono::milliseconds busy_timeout,
                  std::optional<file_identity> expected = {},
                  std::shared_ptr<spdlog::logger> log = {});

  using connection::execute;
  using connection::execute_write;
  std::vector<row> execute(const statement& what, std::span<const argument> arguments) override;
  std::vector<row> execute_write(const statement& what,
                                 std::span<const argument> arguments) override;
  void run_script(const std::string& sql) override;
  [[nodiscard]] bool make_idle() noexcept override;

 protected:
  [[nodiscard]] error translate(const soci::soci_error& failure) const override;

 private:
  [[nodiscard]] sqlite_api::sqlite3* native() const;
  [[nodiscard]] error made() const;
  void assert_foreign_keys();
  void enter_wal(std::chrono::milliseconds patience);
  static int wait_for_others(void* self, int times);
  void watch_file(std::optional<file_identity> expected);
  void watch_log();
  void expect_files() const;

  const std::chrono::milliseconds busy_timeout_;
  deadline wait_limit_;  // of the wait that goes on
  const database_url url_;
  open_files files_;
  bool is_broken_ = false;
};

}  // namespace nava::persistence::sqlite
