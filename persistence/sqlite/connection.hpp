// SPDX-License-Identifier: Apache-2.0
#pragma once

// SOCI's header includes sqlite3.h inside a namespace of its own, so <sqlite3.h> itself must
// not be included beside it.
#include <soci/sqlite3/soci-sqlite3.h>

#include <chrono>
#include <nava/persistence/database_url.hpp>

#include "persistence/connection.hpp"

namespace nava::persistence::sqlite {

enum class access {
  plain,  ///< leaves the journal mode as it is: to look at a file, and to migrate it
  read,   ///< reads, and never checkpoints
  write   ///< the one connection of a store that writes and checkpoints
};

/// A session on a SQLite file, with foreign keys asserted to be on.
class file_connection : public connection {
 public:
  /// Throws error (not_found) where the file cannot be opened. A file that is not a database is
  /// invalid_input, at the first statement that reads it.
  file_connection(const database_url& url, access how, std::chrono::milliseconds busy_timeout);

  void run_script(const std::string& sql) override;
  [[nodiscard]] bool make_idle() noexcept override;

 protected:
  [[nodiscard]] error translate(const soci::soci_error& failure,
                                soci::statement* failed) const override;

 private:
  [[nodiscard]] sqlite_api::sqlite3* native() const;
  [[nodiscard]] error made() const;
  void assert_foreign_keys();
  void enter_wal(std::chrono::milliseconds patience);
};

}  // namespace nava::persistence::sqlite
