// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What goes into statements: a unit of work cut into parts, one verb on one table each, and
/// arguments that have been checked.
namespace nava::persistence {

[[nodiscard]] std::string_view to_text(verb what);

/// The description of one of Nava's tables by its name.
[[nodiscard]] const schema::table_description& table_named(std::string_view name);

struct unit_part {
  const schema::table_description* table = nullptr;
  verb what{};
  json::array rows;
};

/// Refuses a unit that contradicts itself, and would be stored in part or under another
/// workflow; throws error (invalid_input).
void check_unit(const unit_of_work& unit, verb root);

/// The row of the workflow itself; where it moves one on, with the key `read_revision` added.
[[nodiscard]] unit_part root_part(const unit_of_work& unit);

/// All parts that a unit can have for the tables of children, empty ones too, always in
/// the same order. No row stands in two of them.
[[nodiscard]] std::vector<unit_part> child_parts(const unit_of_work& unit);

/// The rows of definitions, as a part that inserts them.
[[nodiscard]] unit_part definition_part(std::span<const schema::workflow_definition> definitions);

/// Refuses what cannot be stored; throws error (invalid_input).
void make_storable(unit_part& part);
void check_unit_size(std::size_t bytes);

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

/// The arguments of the list statements as text; none is NULL and stands for any.
struct list_arguments {
  explicit list_arguments(const list_request& request);

  std::optional<std::string> wfdef_key;
  std::optional<std::string> status;
  std::optional<std::string> after;
  std::string limit;
};

/// The seq of the event that a decision leaves; it has one, and the first is its cause.
[[nodiscard]] std::int64_t cause_seq(const unit_of_work& unit);

}  // namespace nava::persistence
