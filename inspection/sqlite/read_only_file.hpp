// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <functional>
#include <memory>
#include <nava/persistence/database_url.hpp>
#include <nava/workflow/error.hpp>
#include <string>
#include <vector>

namespace nava::inspection {

using namespace persistence;

/// A SQLite file that is there already, opened so that nothing can be written to it, and with none
/// of the settings of a store's connections. Used by one thread at a time.
class read_only_file {
 public:
  /// A row of a result, for as long as it is the current one. Columns count from 0.
  class row {
   public:
    explicit row(sqlite3_stmt* of) : of_(of) {}
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] std::string text(int column) const;  ///< empty for NULL
    [[nodiscard]] std::int64_t integer(int column) const;

   private:
    sqlite3_stmt* of_;
  };

  /// Throws error: not_found where there is no such file, invalid_input for one in memory and for a
  /// folder, other.
  explicit read_only_file(const database_url& url);

  /// What is read from here on is of one moment. Waits up to busy_wait_ms for a writer
  /// (contention). Throws error (invalid_input) where the file is not a database.
  void begin();

  /// Arguments are texts for the parameters in their order. Throws error.
  void each(const std::string& sql, const std::vector<std::string>& arguments,
            const std::function<void(const row&)>& use);
  void each(const std::string& sql, const std::function<void(const row&)>& use) {
    each(sql, {}, use);
  }

  /// Of a column of a table, as written; BINARY where none is.
  [[nodiscard]] std::string collation(const std::string& table, const std::string& column) const;

  static constexpr int busy_wait_ms = 10'000;

 private:
  [[nodiscard]] error made() const;

  std::string printable_;
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> handle_{nullptr, &sqlite3_close};
};

}  // namespace nava::inspection
