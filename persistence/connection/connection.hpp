// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <nava/workflow/deadline.hpp>
#include <nava/workflow/error.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/connection/statement.hpp"
#include "persistence/log.hpp"

namespace nava::persistence {

/// One database session and the statements prepared on it, which live as long as it does.
/// Used by one thread at a time.
class connection {
 public:
  using argument = std::optional<std::string_view>;
  using row = std::vector<std::optional<std::string>>;

  /// `log` as logger_or_default() has it.
  explicit connection(std::shared_ptr<spdlog::logger> log = {})
      : log_(logger_or_default(std::move(log))) {}
  virtual ~connection() = default;

  /// The logger of everything that uses this connection.
  [[nodiscard]] spdlog::logger& log() const { return *log_; }

  /// Bounds every call from now on, until it is bounded anew. Without one: never.
  void bound(deadline limit) { limit_ = limit; }

  /// Runs `what`, prepared at its first use here, with one argument per parameter in their
  /// order; an argument without a value is NULL. Throws error.
  virtual std::vector<row> execute(const statement& what, std::span<const argument> arguments) = 0;
  std::vector<row> execute(const statement& what, std::initializer_list<argument> arguments = {}) {
    return execute(what, std::span{arguments.begin(), arguments.size()});
  }

  /// The same for a statement that writes and commits by itself: where the connection dies on
  /// the way nobody knows whether it did, and the error is outcome_unknown.
  virtual std::vector<row> execute_write(const statement& what,
                                         std::span<const argument> arguments);
  std::vector<row> execute_write(const statement& what, std::initializer_list<argument> arguments) {
    return execute_write(what, std::span{arguments.begin(), arguments.size()});
  }

  /// Runs statements separated by `;`, without parameters and as they are: a colon in a comment
  /// or a literal is no parameter. Throws error.
  virtual void run_script(const std::string& sql) = 0;

  /// Rolls back a transaction that was left open. False where the connection is of no more use.
  [[nodiscard]] virtual bool make_idle() noexcept = 0;

  /// Whether it was given up because a call's time was over, which says nothing of the server.
  [[nodiscard]] virtual bool is_given_up() const noexcept { return false; }

 protected:
  /// Throws std::logic_error unless there is an argument for each parameter.
  static void check_count(const statement& what, std::span<const argument> arguments);

  [[nodiscard]] deadline limit() const { return limit_; }

 private:
  const std::shared_ptr<spdlog::logger> log_;
  deadline limit_ = deadline::never();
};

/// Returns what a store uses in the place of a connection that it has made, such as one that fails
/// now and then. None: the connection.
using connection_wrap = std::function<std::unique_ptr<connection>(std::unique_ptr<connection>)>;

[[nodiscard]] inline std::unique_ptr<connection> wrapped(const connection_wrap& wrap,
                                                         std::unique_ptr<connection> made) {
  return wrap ? wrap(std::move(made)) : std::move(made);
}

}  // namespace nava::persistence
