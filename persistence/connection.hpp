// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <soci/soci.h>

#include <initializer_list>
#include <memory>
#include <nava/persistence/error.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace nava::persistence {

/// One statement of a store, with parameters written `:name`. Values go in and, unless it is
/// binary, come out as text, which is what SOCI exchanges with PostgreSQL in any case.
struct statement {
  std::string sql;
  std::vector<std::string> parameters;
  std::size_t columns = 0;  ///< of the result; 0 where there is none
  /// Its values come out in the binary form of PostgreSQL's protocol, and its parameters are
  /// written `$1`, in the order of `parameters`. On PostgreSQL only.
  bool is_binary = false;
};

/// One database session and the statements prepared on it, which live as long as it does.
/// Used by one thread at a time.
class connection {
 public:
  using argument = std::optional<std::string_view>;
  using row = std::vector<std::optional<std::string>>;

  virtual ~connection() = default;

  /// Runs `what`, prepared at its first use here, with one argument per parameter in their
  /// order; an argument without a value is NULL. `what` is remembered by its address and
  /// outlives the connection. Throws error.
  virtual std::vector<row> execute(const statement& what, std::span<const argument> arguments);
  std::vector<row> execute(const statement& what, std::initializer_list<argument> arguments = {}) {
    return execute(what, std::span{arguments.begin(), arguments.size()});
  }

  /// The same for a statement that writes and commits by itself: where the connection dies on
  /// the way nobody knows whether it did, and the error is outcome_unknown.
  std::vector<row> execute_write(const statement& what, std::span<const argument> arguments);
  std::vector<row> execute_write(const statement& what, std::initializer_list<argument> arguments) {
    return execute_write(what, std::span{arguments.begin(), arguments.size()});
  }

  /// Runs statements separated by `;`, without parameters and past SOCI's parser, which
  /// takes colons in comments and literals for parameters. Throws error.
  virtual void run_script(const std::string& sql) = 0;

  /// Rolls back a transaction that was left open. False where the connection is of no more use.
  [[nodiscard]] virtual bool make_idle() noexcept = 0;

 protected:
  explicit connection(std::unique_ptr<soci::session> session);

  static void check_count(const statement& what, std::span<const argument> arguments);

  /// Rolls `failure` into an error; `failed` is the statement that failed, or null.
  [[nodiscard]] virtual error translate(const soci::soci_error& failure,
                                        soci::statement* failed) const = 0;

  [[nodiscard]] soci::session& session() const { return *session_; }

 private:
  // The statement comes last: it refers to the buffers and is destroyed before them.
  struct prepared {
    std::vector<std::string> in;
    std::vector<soci::indicator> in_indicators;
    std::vector<std::string> out;
    std::vector<soci::indicator> out_indicators;
    std::unique_ptr<soci::statement> statement;
  };

  prepared& prepare(const statement& what);
  [[nodiscard]] prepared prepared_now(const statement& what) const;
  static std::vector<row> fetch_all(prepared& ready);

  std::unique_ptr<soci::session> session_;
  std::unordered_map<const statement*, prepared> prepared_;
};

}  // namespace nava::persistence
