// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <nava/persistence/database_url.hpp>
#include <optional>
#include <string>
#include <vector>

/// What a careful programmer would put around libpq and sqlite3, and nothing more: the floor that
/// Nava is measured against.
namespace nava::benchmarks {

using value = std::optional<std::string>;  ///< as text; none is NULL
using values = std::vector<value>;

/// One session, or one open file with the settings of Nava's writer. Statements have parameters
/// `$1`, `$2` … on both databases. Every call throws std::runtime_error with the database's
/// message. One thread at a time.
class client {
 public:
  using statement = std::size_t;  ///< prepared on this client
  using row = std::vector<std::string>;

  struct call {
    statement prepared;
    values arguments;
  };

  client() = default;
  client(const client&) = delete;
  client& operator=(const client&) = delete;
  virtual ~client() = default;

  /// Runs any number of statements separated by `;` and drops their rows.
  virtual void run(const std::string& sql) = 0;
  [[nodiscard]] virtual statement prepare(const std::string& sql) = 0;
  /// Returns the number of rows that the statement wrote or, on PostgreSQL, returned.
  virtual std::int64_t execute(statement prepared, const values& arguments = {}) = 0;
  /// Returns the rows as text; NULL is empty.
  [[nodiscard]] virtual std::vector<row> read(statement prepared, const values& arguments) = 0;
  /// Copies each value of the rows in the form in which it came, and returns the bytes copied.
  virtual std::size_t copy(statement prepared, const values& arguments) = 0;
  /// Runs all calls in one transaction, on libpq sent at once: one round trip. Returns the rows
  /// that the last call wrote.
  virtual std::int64_t transact(const std::vector<call>& calls) = 0;

  [[nodiscard]] std::vector<row> query(const std::string& sql) { return read(prepare(sql), {}); }
  /// The first column of the first row; empty where there is no row.
  [[nodiscard]] std::string first(const std::string& sql) {
    const auto rows = query(sql);
    return rows.empty() ? std::string{} : rows.front().front();
  }
};

[[nodiscard]] std::unique_ptr<client> connect(const persistence::database_url& url);

/// The two kinds, for connect().
[[nodiscard]] std::unique_ptr<client> connect_libpq(const std::string& url);
[[nodiscard]] std::unique_ptr<client> open_sqlite(const std::string& path);

}  // namespace nava::benchmarks
