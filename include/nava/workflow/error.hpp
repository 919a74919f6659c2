// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/exception.hpp>
#include <nava/export.hpp>
#include <string>
#include <string_view>

namespace nava {

/// What failed, by what a caller can do about it. Only outcome_unknown may have written.
enum class error_kind {
  unique,               ///< another row has the value of a unique key
  foreign_key,          ///< the row referred to is missing, or rows refer to the row to delete
  check,                ///< a CHECK or NOT NULL constraint refused a value
  contention,           ///< deadlock, timeout of lock, pool or statement, a server without room
  connection_lost,      ///< no connection, or it broke before a write; SQLite: an I/O error
  outcome_unknown,      ///< the connection or the disk failed during a write
  invalid_input,        ///< values, options or a URL that the call cannot take
  not_found,            ///< no such workflow, related row, schema or SQLite file
  deleted,              ///< a tombstone of a deleted workflow refuses the new one
  legal_hold,           ///< a legal hold keeps the workflow from being deleted
  incompatible_schema,  ///< the database is older or newer than this program
  other                 ///< see sqlstate() and what()
};

/// Returns a phrase for people. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::string_view to_text(error_kind kind);

/// A failure of the database, the connection or the input. contention, connection_lost and
/// outcome_unknown may be retried.
class NAVA_EXPORT error : public exception {
 public:
  /// `text` is what() of it. `sqlstate` and `constraint` are as their readers return them.
  error(error_kind kind, const std::string& text, std::string sqlstate = {},
        std::string constraint = {})
      : exception(text),
        kind_(kind),
        sqlstate_(std::move(sqlstate)),
        constraint_(std::move(constraint)) {}

  /// Returns what failed, which decides may_retry(), outcome_known() and fault().
  [[nodiscard]] error_kind kind() const noexcept { return kind_; }
  [[nodiscard]] bool may_retry() const noexcept override;
  [[nodiscard]] bool outcome_known() const noexcept override;
  [[nodiscard]] fault_of fault() const noexcept override;
  /// Returns five characters; empty where the server sent none, and on SQLite.
  [[nodiscard]] const std::string& sqlstate() const noexcept { return sqlstate_; }
  /// Returns the name of the violated constraint; empty where there is none or SQLite does not say.
  [[nodiscard]] const std::string& constraint() const noexcept { return constraint_; }

 private:
  error_kind kind_;
  std::string sqlstate_;
  std::string constraint_;
};

/// A stored value that does not fit its column, or text that is not JSON: somebody else has written
/// it. Of kind other.
class NAVA_EXPORT unreadable_value : public error {
 public:
  /// `text` names the column, never the value.
  explicit unreadable_value(const std::string& text) : error(error_kind::other, text) {}
};

/// The deadline passed before the database was asked; of kind contention.
class NAVA_EXPORT time_over : public error {
 public:
  using error::error;
};

}  // namespace nava
