// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/exception.hpp>
#include <string>
#include <string_view>

namespace nava {

/// What a caller can do about an error, rather than where it came from.
enum class error_kind {
  unique,               ///< a unique key has the value already
  foreign_key,          ///< a row that is referred to is missing
  check,                ///< a CHECK or NOT NULL constraint refused a value
  contention,           ///< deadlock, serialization failure, lock or pool timeout: try again
  connection_lost,      ///< no connection could be made, or it broke; nothing was written
  outcome_unknown,      ///< the connection or the disk failed in a write: make the same call again
  invalid_input,        ///< refused before any SQL, or a URL that means nothing
  not_found,            ///< a workflow or a SQLite file that is not there
  incompatible_schema,  ///< the database is older or newer than this program
  other                 ///< see sqlstate() and what()
};

[[nodiscard]] std::string_view to_text(error_kind kind);

/// The one exception of the infrastructure. Its text is one line that says what to do
/// and never holds a bound value or a password.
class error : public exception {
 public:
  error(error_kind kind, const std::string& what, std::string sqlstate = {},
        std::string constraint = {})
      : exception(what),
        kind_(kind),
        sqlstate_(std::move(sqlstate)),
        constraint_(std::move(constraint)) {}

  [[nodiscard]] error_kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool may_retry() const noexcept override;
  [[nodiscard]] bool outcome_known() const noexcept override;
  [[nodiscard]] fault_of fault() const noexcept override;
  /// Five characters, or empty where the database gave none (always on SQLite).
  [[nodiscard]] const std::string& sqlstate() const noexcept { return sqlstate_; }
  /// The constraint that was violated, by its name in the schema; empty if none or not known.
  [[nodiscard]] const std::string& constraint() const noexcept { return constraint_; }

 private:
  error_kind kind_;
  std::string sqlstate_;
  std::string constraint_;
};

}  // namespace nava
