// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What a careful programmer would put around libpq, and nothing more: the floor that Nava is
/// measured against. Every call throws std::runtime_error with the server's message.
namespace nava::benchmarks::libpq {

using argument = std::optional<std::string>;  ///< as text; none is NULL
enum class format { text = 0, binary = 1 };   ///< of a result

class result {
 public:
  explicit result(PGresult* owned) : result_(owned, &PQclear) {}

  [[nodiscard]] int rows() const { return PQntuples(result_.get()); }
  [[nodiscard]] int columns() const { return PQnfields(result_.get()); }
  [[nodiscard]] bool is_null(int row, int column) const {
    return PQgetisnull(result_.get(), row, column) != 0;
  }
  /// The bytes as they came; empty for NULL. Valid as long as the result is.
  [[nodiscard]] std::string_view value(int row = 0, int column = 0) const;
  [[nodiscard]] std::int64_t number(int row = 0, int column = 0) const;
  /// Rows that an INSERT, UPDATE or DELETE wrote.
  [[nodiscard]] std::int64_t affected() const;

 private:
  std::unique_ptr<PGresult, decltype(&PQclear)> result_;
};

class connection;

/// Prepared on a connection, and to be used as long as that lives.
class statement {
 public:
  result execute(std::span<const argument> arguments, format as = format::text) const;
  result execute(std::initializer_list<argument> arguments, format as = format::text) const {
    return execute(std::span{arguments.begin(), arguments.size()}, as);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  friend class connection;
  statement(connection& on, std::string name) : on_(&on), name_(std::move(name)) {}

  connection* on_;
  std::string name_;
};

/// A statement and its arguments, for pipeline().
struct call {
  const statement* what;
  std::vector<argument> arguments;
};

/// One session. One thread at a time; not to be moved, since statements refer to it.
class connection {
 public:
  explicit connection(const std::string& url);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// Runs any number of statements separated by `;` and returns what the last one answered.
  result run(const std::string& sql);
  /// Runs one statement with parameters `$1` …
  result run(const std::string& sql, std::span<const argument> arguments, format as = format::text);
  result run(const std::string& sql, std::initializer_list<argument> arguments,
             format as = format::text) {
    return run(sql, std::span{arguments.begin(), arguments.size()}, as);
  }
  [[nodiscard]] statement prepare(const std::string& sql);
  /// Sends all calls at once as one transaction: one round trip. Answers the rows each wrote.
  std::vector<std::int64_t> pipeline(std::span<const call> calls);

  [[nodiscard]] PGconn* native() const { return connection_.get(); }

 private:
  friend class statement;
  result checked(PGresult* answer) const;
  void check(int sent) const;

  std::unique_ptr<PGconn, decltype(&PQfinish)> connection_;
  int prepared_ = 0;
};

}  // namespace nava::benchmarks::libpq
