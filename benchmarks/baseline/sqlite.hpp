// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// What a careful programmer would put around sqlite3, and nothing more: the floor that Nava is
/// measured against. Every call throws std::runtime_error with SQLite's message.
namespace nava::benchmarks::sqlite {

using argument = std::optional<std::string>;  ///< as text; none is NULL

/// Prepared on a connection, and to be used as long as that lives.
class statement {
 public:
  /// Runs to the end and drops the rows, if any.
  void execute(std::span<const argument> arguments);
  void execute(std::initializer_list<argument> arguments = {}) {
    execute(std::span{arguments.begin(), arguments.size()});
  }

  /// Binds and begins; then next() until it is false, which ends the statement.
  void begin(std::span<const argument> arguments);
  void begin(std::initializer_list<argument> arguments = {}) {
    begin(std::span{arguments.begin(), arguments.size()});
  }
  [[nodiscard]] bool next();
  /// Of the row that next() went to; empty for NULL. Valid until the next call.
  [[nodiscard]] std::string_view text(int column = 0) const;
  [[nodiscard]] std::int64_t number(int column = 0) const;

  [[nodiscard]] sqlite3_stmt* native() const { return statement_.get(); }

 private:
  friend class connection;
  explicit statement(sqlite3_stmt* owned) : statement_(owned, &sqlite3_finalize) {}
  void reset();

  std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> statement_;
};

/// A file, opened with the settings of Nava's writer: WAL, synchronous FULL, foreign keys, and a
/// wait of ten seconds for locks. One thread at a time.
class connection {
 public:
  explicit connection(const std::string& path);

  /// Runs any number of statements separated by `;` and drops their rows.
  void run(const std::string& sql);
  [[nodiscard]] statement prepare(const std::string& sql);
  /// The first column of the first row; empty where there is none.
  [[nodiscard]] std::string value(const std::string& sql);

  [[nodiscard]] sqlite3* native() const { return database_.get(); }

 private:
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> database_{nullptr, &sqlite3_close};
};

}  // namespace nava::benchmarks::sqlite
