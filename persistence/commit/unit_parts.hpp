// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/rows/row_text.hpp"

/// What goes into statements: a unit of work cut into parts, one verb on one table each, and
/// arguments that have been checked.
namespace nava::persistence {

[[nodiscard]] std::string_view to_text(verb what);

/// The description of one of Nava's tables by its name.
[[nodiscard]] const schema::table_description& table_named(std::string_view name);

/// What units of work do to one table of children.
struct child_part {
  const schema::table_description* table = nullptr;
  verb what{};
};

/// All parts that a unit can have, always in the same order. No row stands in two of them.
[[nodiscard]] std::span<const child_part> child_parts();

/// What the statements of a store take rows as.
enum class row_form { json, values };

/// A unit of work, checked, in the form that statements take. What it was made of may change or go.
struct ready_unit {
  /// `root` is what it does to the workflow itself. Throws error (invalid_input) for a unit that
  /// contradicts itself, and would be stored in part or under another workflow, and for what
  /// cannot be stored.
  ready_unit(const unit_of_work& unit, verb root, row_form form = row_form::json);

  uuid id{};
  uuid transaction_id{};
  std::int64_t cause_seq = 0;  ///< of the event that the decision leaves; the first is its cause
  std::int64_t read_revision = 0;
  /// Whether it writes a column of the workflow that an index covers, or has in its condition.
  bool moves_in_indexes = true;
  /// The row of the workflow as a JSON object; where it moves one on, what is written of it, with
  /// the keys `written`, `read_revision` and, if the cause has one, `event_key` added; and
  /// `task_count`, if tasks are updated that must be on the agenda.
  std::string root;
  /// In the order of child_parts(): rows as JSON objects, separated by commas; empty for none.
  std::vector<std::string> children;
  /// The same value by value, in the other form; `root_values` ends with the first three of those
  /// keys.
  row_values root_values;
  /// Rows of the application's tables as JSON arrays.
  std::vector<std::pair<const schema::table_description*, std::string>> extensions;
  std::vector<std::vector<row_values>> child_values;
  std::size_t bytes = 0;
};

/// Whether one of the indexes covers the column, or has it in its condition.
[[nodiscard]] constexpr bool is_in_an_index(std::span<const schema::index_description> indexes,
                                            std::string_view column) {
  for (const schema::index_description& index : indexes) {
    if (index.where.find(column) != std::string_view::npos) return true;
    for (const std::string_view each : index.columns)
      if (each == column) return true;
  }
  return false;
}

/// The rows of definitions as a JSON array; throws error (invalid_input).
[[nodiscard]] std::string definition_rows(std::span<const schema::workflow_definition> definitions);

/// Rows of any described table for `what` as a JSON array; throws error (invalid_input).
[[nodiscard]] std::string storable_rows(const schema::table_description& table, verb what,
                                        json::array rows);

/// Refuses a text that no row can have; `what` names it in the message.
void check_argument(std::string_view text, std::string_view what);

/// What related rows are sorted by: the terms of the request, then the primary key. `collation`
/// follows columns of text.
[[nodiscard]] std::string sort_list(const related_request& what, std::string_view alias,
                                    std::string_view collation);

/// NULL, which equals no key, for the empty one.
[[nodiscard]] inline std::optional<std::string_view> looked_for(std::string_view event_key) {
  return event_key.empty() ? std::nullopt : std::optional{event_key};
}

}  // namespace nava::persistence
