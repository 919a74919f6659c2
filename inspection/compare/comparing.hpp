// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nava/inspection/comparison.hpp>
#include <string>
#include <string_view>
#include <vector>

/// What the parts of compare() share. A part looks at one subject of one table and reports; it
/// knows what the others found only through owe().
namespace nava::inspection::detail {

/// SQL on one line that mends a fault, and what else it does that somebody may not want.
struct mending {
  std::string statement;
  std::string side_effect{};
};

/// A described table or column that the database has not, and the finding that says so.
struct missing_part {
  std::string_view table;
  std::string_view column;  ///< empty: the table
  std::size_t finding = 0;
};

/// A table and the columns of it that a key is made of.
struct key_part {
  std::string_view table;
  name_list columns;
};

/// `live` with its names as `expected` and `known` spell them, where SQLite takes both for the
/// same.
[[nodiscard]] catalog spelled_as_described(catalog live, const database_description& expected,
                                           std::span<const std::string_view> known);

struct comparison {
  const catalog& live;
  const database_description& expected;
  const std::string_view schema;
  std::vector<finding> findings{};
  std::vector<missing_part> missing{};  ///< in the order of their findings

  [[nodiscard]] bool is_sqlite() const { return live.what == dialect::sqlite; }

  /// `"nava".`; nothing on SQLite, where a name in REFERENCES cannot be qualified.
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::string qualified(std::string_view name) const;

  void report(std::string_view rule, std::string_view table, std::string_view part,
              std::string message, mending mends, severity how_bad = severity::error);

  /// Tells of a table (no `column`) or a column that is missing.
  void report_missing(std::string_view rule, std::string_view table, std::string_view column,
                      std::string message, mending mends);

  /// Whether one of `parts` is missing. What is made of it is then missing for that reason, which
  /// is no fault of its own: `statement`, which makes it, goes to the last of the missing parts.
  bool owe(std::initializer_list<key_part> parts, std::string_view statement);
};

/// A described table beside the one of that name in the database.
struct compared_table {
  comparison& whole;
  const table_description& described;
  const catalog_table& live;

  /// `ALTER TABLE … {action};` for each action. SQLite can do little of that, so there the table
  /// is made anew as described and filled from the old one.
  [[nodiscard]] mending alter(const std::vector<std::string>& actions) const;

  /// Actions that add a constraint, so that writers wait only for the moment it takes to add it.
  /// `first` is done in the same statement: `DROP CONSTRAINT "x", `.
  [[nodiscard]] std::vector<std::string> adding(std::string_view name, std::string_view constraint,
                                                std::string_view first = {}) const;

  void report(std::string_view rule, std::string_view part, std::string message, mending mends,
              severity how_bad = severity::error) const {
    whole.report(rule, described.name, part, std::move(message), std::move(mends), how_bad);
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

/// Where the table itself is missing: its foreign keys are made when what they lead to is there.
void owe_foreign_keys(comparison& whole, const table_description& table);

/// The end of the message about something that is not described and that an application may have
/// made for itself: what drops it is for a person to run, so that it is no statement of the
/// finding.
[[nodiscard]] std::string unless_wanted(mending drops);

[[nodiscard]] bool same_in_order(const std::vector<std::string>& live, name_list described);
[[nodiscard]] std::string listed(const std::vector<std::string>& names);
[[nodiscard]] std::string listed(name_list names);

}  // namespace nava::inspection::detail
