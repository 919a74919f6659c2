// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nava/inspection/comparison.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What the parts of compare() share. A part compares one subject of one table and reports
/// findings. It learns of the findings of other parts through owe() only.
namespace nava::inspection::detail {

/// SQL on one line that mends a fault, and its side effect, if any, as a clause of a message.
struct mending {
  std::string statement;
  std::string side_effect{};
};

/// A described table or column that is missing, and the place of its finding.
struct missing_part {
  std::string_view table;
  std::string_view column;  ///< empty: the whole table
  std::size_t finding = 0;
};

/// The columns of a table that a key is made of.
struct key_part {
  std::string_view table;
  name_list columns;
};

/// Returns `live` with its names as `expected` and `known` spell them, where they differ in case
/// only and the database is SQLite.
[[nodiscard]] catalog spelled_as_described(catalog live, const database_description& expected,
                                           std::span<const std::string_view> known);

struct comparison {
  const catalog& live;
  const database_description& expected;
  const std::string_view schema;
  std::vector<finding> findings{};
  std::vector<missing_part> missing{};  ///< in the order of their findings

  [[nodiscard]] bool is_sqlite() const { return live.what == dialect::sqlite; }

  /// `"nava".`; empty on SQLite, where a name in REFERENCES cannot be qualified.
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::string qualified(std::string_view name) const;

  void report(std::string_view rule, std::string_view table, std::string_view part,
              std::string message, mending mends, severity level = severity::error);

  /// Reports a missing column, or a missing table where `column` is empty.
  void report_missing(std::string_view rule, std::string_view table, std::string_view column,
                      std::string message, mending mends);

  /// Returns whether one of `parts` is missing. A key or index of it is then missing for that
  /// reason and is no fault of its own. `statement`, which creates it, goes to the finding of the
  /// last missing part.
  bool owe(std::initializer_list<key_part> parts, std::string_view statement);
};

/// A described table beside the one of that name in the database.
struct compared_table {
  comparison& whole;
  const table_description& described;
  const catalog_table& live;

  /// `ALTER TABLE … {action};` for each action. SQLite supports few of them: there the statement
  /// creates the table again as described and copies the rows.
  [[nodiscard]] mending alter(const std::vector<std::string>& actions) const;

  /// The actions that add a constraint and validate it apart, so that writers wait only for the
  /// first action. `prefix` is an action before it in the same statement: `DROP CONSTRAINT "x", `.
  [[nodiscard]] std::vector<std::string> adding(std::string_view name, std::string_view constraint,
                                                std::string_view prefix = {}) const;

  void report(std::string_view rule, std::string_view part, std::string message, mending mends,
              severity level = severity::error) const {
    whole.report(rule, described.name, part, std::move(message), std::move(mends), level);
  }

  /// Whether the live table has a column that is not described.
  [[nodiscard]] bool is_extra(std::string_view column) const;
};

void compare_options(const compared_table& table);
void compare_storage(const compared_table& table);
void compare_columns(const compared_table& table);
void compare_keys_and_indexes(const compared_table& table);
void compare_checks(const compared_table& table);
void compare_foreign_keys(const compared_table& table);

void report_missing_columns(const compared_table& table);

/// Where the table itself is missing: adds its foreign keys after the tables that they lead to.
void owe_foreign_keys(comparison& whole, const table_description& table);

/// The end of a message about an object that is not described. An application may have created it,
/// so the statement that drops it stands in the message, for a person to run.
[[nodiscard]] std::string unless_wanted(mending drops);

[[nodiscard]] bool same_in_order(const std::vector<std::string>& live, name_list described);
[[nodiscard]] std::string listed(const std::vector<std::string>& names);
[[nodiscard]] std::string listed(name_list names);

}  // namespace nava::inspection::detail
