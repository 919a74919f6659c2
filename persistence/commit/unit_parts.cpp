// SPDX-License-Identifier: Apache-2.0
#include "persistence/commit/unit_parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <nava/persistence/rows.hpp>
#include <nava/persistence/store.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <tuple>
#include <type_traits>

#include "persistence/rows/row_text.hpp"
#include "workflow/storable.hpp"

namespace nava::persistence {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
  throw error{error_kind::invalid_input, fmt::format("{} {}", what, why)};
}

// Of a text, of octets, which are written as two digits each, or of all texts of an array.
std::size_t key_bytes(const schema::column_description& column, const json::value& value) {
  std::size_t size = 0;
  if (column.type == schema::column_type::text_array && value.is_array())
    for (const json::value& each : value.get_array())
      size += each.is_string() ? each.get_string().size() : 0;
  else if (column.type == schema::column_type::text && value.is_string())
    size = value.get_string().size();
  else if (column.type == schema::column_type::bytes && value.is_string())
    size = value.get_string().size() / 2;
  return size;
}

// SQLite stores what PostgreSQL would refuse, and the digits of `12.3` would count for those of
// `1.23`.
bool is_written_out(const schema::column_description& column, const json::value& value) {
  using enum schema::column_type;
  if (column.type == text_array)
    return value.is_array() &&
           std::all_of(value.get_array().begin(), value.get_array().end(),
                       [](const json::value& each) { return each.is_string(); });
  if (column.type != decimal && column.type != date && column.type != bytes) return true;
  return value.is_string() && schema::rules::is_value_text(column, value.get_string());
}

void check_values(const schema::table_description& table, const json::array& rows) {
  for (const auto& column : table.columns) {
    const std::string place = fmt::format("{}.{}", table.name, column.name);
    const bool is_key = detail::is_indexed(table.indexes, column.name);
    for (const auto& row : rows) {
      const json::value* value = row.as_object().if_contains(column.name);
      if (value == nullptr || value->is_null()) continue;
      // PostgreSQL refuses an index entry beyond a third of a page; SQLite would take it.
      if (is_key && key_bytes(column, *value) > key_bytes_max)
        refuse(place, fmt::format("is longer than {} bytes; shorten it", key_bytes_max));
      if (!is_written_out(column, *value))
        refuse(place, "is not written as its column has it; write it as to_object() does");
    }
  }
}

void check_unit_size(std::size_t bytes) {
  if (bytes > unit_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("what is to be stored is {} bytes long as JSON, {} are allowed; keep "
                            "large payloads elsewhere and refer to them, or store it in parts",
                            bytes, unit_bytes_max)};
}

// The columns that an update writes; none for a row that is written whole.
template <class Row>
std::optional<schema::column_set> written_of(const Row& row) {
  if constexpr (requires { row.columns; })
    return row.columns;
  else
    return std::nullopt;
}

// Calls `visit(table type, verb, rows)` for all parts that a unit can have for the tables of
// children, empty ones too.
template <class Visit>
void for_each_child_part(const unit_of_work& unit, Visit visit) {
  using namespace schema;
  visit(std::type_identity<workflow_step_table>{}, verb::insert, unit.steps.inserted);
  visit(std::type_identity<workflow_step_table>{}, verb::update, unit.steps.updated);
  visit(std::type_identity<workflow_stage_table>{}, verb::insert, unit.stages.inserted);
  visit(std::type_identity<workflow_stage_table>{}, verb::update, unit.stages.updated);
  visit(std::type_identity<workflow_participant_table>{}, verb::insert, unit.participants.inserted);
  visit(std::type_identity<workflow_participant_table>{}, verb::remove, unit.participants.removed);
  visit(std::type_identity<workflow_memory_table>{}, verb::insert, unit.memory.inserted);
  visit(std::type_identity<workflow_memory_table>{}, verb::update, unit.memory.updated);
  visit(std::type_identity<workflow_mutation_table>{}, verb::insert, unit.mutations);
  visit(std::type_identity<workflow_message_table>{}, verb::insert, unit.messages);
  visit(std::type_identity<workflow_event_table>{}, verb::insert, unit.events);
  visit(std::type_identity<workflow_task_table>{}, verb::insert, unit.tasks.inserted);
  visit(std::type_identity<workflow_task_table>{}, verb::update, unit.tasks.updated);
  visit(std::type_identity<workflow_worklist_table>{}, verb::insert, unit.worklist.inserted);
  visit(std::type_identity<workflow_worklist_table>{}, verb::update, unit.worklist.updated);
  visit(std::type_identity<workflow_worklist_table>{}, verb::remove, unit.worklist.removed);
}

void check_unit(const unit_of_work& unit, verb root) {
  if ((root == verb::insert) != (unit.read_revision == 0) || unit.read_revision < 0 ||
      unit.read_revision == std::numeric_limits<std::int64_t>::max())
    refuse("unit_of_work.read_revision", "is 0 for create and that of the workflow for commit");
  if (unit.read_revision == 0 ? unit.workflow.revision < 1
                              : unit.workflow.revision != unit.read_revision + 1)
    refuse("workflow.revision", "is not the next after the one that was read");
  if (unit.events.empty())
    refuse("unit_of_work.events", "lacks the event that caused the decision");
}

template <class Table, class Rows>
void check_owner(const unit_of_work& unit, const Rows& rows) {
  for (const auto& row : rows)
    if (row.workflow_id != unit.workflow.id)
      refuse(Table::name.view(), "has a row of another workflow than the unit's");
}

// Two rows of one key would be written in an order that the databases choose, each its own.
template <class KeyOf, class... Rows>
void check_keys_differ(std::string_view where, KeyOf key_of, const Rows&... rows) {
  std::size_t count = (rows.size() + ...);
  if (count < 2) return;
  std::vector<std::decay_t<std::common_type_t<decltype(key_of(rows.front()))...>>> keys;
  keys.reserve(count);
  (std::transform(rows.begin(), rows.end(), std::back_inserter(keys), key_of), ...);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    refuse(where, "has two rows of one key in one unit of work; write each row once");
}

void check_keys(const unit_of_work& unit) {
  const auto id = [](const auto& row) { return row.id; };
  const auto seq = [](const auto& row) { return row.seq; };
  check_keys_differ("workflow_step", id, unit.steps.inserted, unit.steps.updated);
  check_keys_differ(
      "workflow_stage", [](const auto& row) { return std::string_view{row.key}; },
      unit.stages.inserted, unit.stages.updated);
  check_keys_differ(
      "workflow_participant",
      [](const auto& row) {
        return std::pair{std::string_view{row.role}, std::string_view{row.user_id}};
      },
      unit.participants.inserted, unit.participants.removed);
  check_keys_differ(
      "workflow_memory", [](const auto& row) { return row.workflow_id; }, unit.memory.inserted,
      unit.memory.updated);
  check_keys_differ("workflow_task", id, unit.tasks.inserted, unit.tasks.updated);
  check_keys_differ(
      "workflow_worklist",
      [](const auto& row) {
        return std::tuple{row.step_id, row.place, std::string_view{row.principal}};
      },
      unit.worklist.inserted, unit.worklist.updated, unit.worklist.removed);
  check_keys_differ("the seq of workflow_mutation, workflow_message and workflow_event", seq,
                    unit.mutations, unit.messages, unit.events);
}

void check_extensions(const unit_of_work& unit) {
  if (unit.extensions.empty()) return;
  const std::string id = schema::to_text(unit.workflow.id);
  for (const auto& [table, rows] : unit.extensions) {
    if (table == nullptr || schema::distribution_column(*table).empty())
      refuse("unit_of_work.extensions", "has a table whose rows do not go with a workflow");
    for (const json::value& row : rows) {
      const json::value* owner = row.as_object().if_contains(schema::distribution_column(*table));
      if (owner == nullptr || !owner->is_string() || std::string_view{owner->get_string()} != id)
        refuse(table->name, "has a row of another workflow than the unit's");
    }
  }
}

// At the first look, before anything is copied.
void check_least_size(const unit_of_work& unit) {
  detail::least_size_of_rows size;
  size.add<schema::workflow_table>(
      unit.workflow, unit.read_revision == 0 ? schema::all_columns : unit.workflow_columns);
  for_each_child_part(unit, [&](auto table, verb, const auto& rows) {
    using table_type = typename decltype(table)::type;
    for (const auto& row : rows)
      size.template add<table_type>(row, written_of(row).value_or(schema::all_columns));
  });
}

template <class Table, class Rows>
std::string texts_of(const Rows& rows) {
  std::string text;
  for (const auto& row : rows) append_row<Table>(text, row, written_of(row));
  return text;
}

std::optional<std::string> cause_key(const unit_of_work& unit) {
  const auto& key = unit.events.front().event_key;
  if (!key) return std::nullopt;
  check_text(*key, {"workflow_event", "event_key", true});
  return key;
}

// A commit moves these on, whatever else it writes: without them the next would not conflict.
std::optional<schema::column_set> root_written(const unit_of_work& unit) {
  constexpr auto moved = schema::columns_where<schema::workflow_table>(
      [](std::string_view name) { return name == "revision" || name == "last_seq"; });
  if (unit.read_revision == 0) return std::nullopt;
  return unit.workflow_columns | moved;
}

bool moves_in_indexes_of(const unit_of_work& unit) {
  constexpr auto indexed = schema::columns_where<schema::workflow_table>([](std::string_view name) {
    return is_in_an_index(schema::workflow_table::index_descriptions, name);
  });
  return (root_written(unit).value_or(schema::all_columns) & indexed) != 0;
}

constexpr schema::column_set status_of_task = schema::columns_where<schema::workflow_task_table>(
    [](std::string_view name) { return name == "status"; });

// Those that must be on the agenda: a task that goes back to SCHEDULED is not.
std::size_t tasks_expected(const unit_of_work& unit) {
  const auto& updated = unit.tasks.updated;
  return static_cast<std::size_t>(
      std::count_if(updated.begin(), updated.end(), [](const auto& row) {
        return (row.columns & status_of_task) == 0 || row.status != schema::task_status::scheduled;
      }));
}

std::string root_text(const unit_of_work& unit) {
  std::string text;
  append_row<schema::workflow_table>(text, unit.workflow, root_written(unit));
  if (unit.read_revision == 0) return text;
  text.pop_back();
  fmt::format_to(std::back_inserter(text), R"(,"read_revision":{})", unit.read_revision);
  if (const auto key = cause_key(unit)) {
    text += R"(,"event_key":)";
    append_quoted(text, *key);
  }
  if (const auto count = tasks_expected(unit); count > 0)
    fmt::format_to(std::back_inserter(text), R"(,"task_count":{})", count);
  return text + "}";
}

row_values root_values_of(const unit_of_work& unit) {
  row_values values = values_of<schema::workflow_table>(unit.workflow, root_written(unit));
  if (unit.read_revision == 0) return values;
  values.push_back(std::to_string(unit.read_revision));
  values.push_back(cause_key(unit));
  return values;
}

std::size_t size_of(const row_values& values) {
  std::size_t bytes = 0;
  for (const auto& value : values) bytes += value ? value->size() : 0;
  return bytes;
}

}  // namespace

std::string_view to_text(verb what) {
  constexpr std::array<std::string_view, 3> texts{"insert", "update", "remove"};
  return texts[static_cast<std::size_t>(what)];
}

const schema::table_description& table_named(std::string_view name) {
  const auto tables = schema::workflow_database<>::description.tables;
  return *std::find_if(tables.begin(), tables.end(),
                       [&](const auto& table) { return table.name == name; });
}

std::span<const child_part> child_parts() {
  static const std::vector<child_part> parts = [] {
    std::vector<child_part> all;
    for_each_child_part({}, [&](auto table, verb what, const auto&) {
      all.push_back({&table_named(decltype(table)::type::name.view()), what});
    });
    return all;
  }();
  return parts;
}

ready_unit::ready_unit(const unit_of_work& unit, verb what, row_form form)
    : id(unit.workflow.id), transaction_id(unit.transaction_id), read_revision(unit.read_revision) {
  check_unit(unit, what);
  check_keys(unit);
  check_least_size(unit);
  cause_seq = unit.events.front().seq;
  const bool is_json = form == row_form::json;
  if (is_json)
    root = root_text(unit);
  else
    root_values = root_values_of(unit);
  moves_in_indexes = moves_in_indexes_of(unit);
  bytes = root.size() + size_of(root_values);
  for_each_child_part(unit, [&](auto table, verb does, const auto& rows) {
    using table_type = typename decltype(table)::type;
    check_owner<table_type>(unit, rows);
    if (is_json) {
      bytes += children.emplace_back(texts_of<table_type>(rows)).size();
      return;
    }
    auto& values = child_values.emplace_back();
    for (const auto& row : rows)
      bytes += size_of(values.emplace_back(does == verb::remove
                                               ? key_values_of<table_type>(row)
                                               : values_of<table_type>(row, written_of(row))));
  });
  check_extensions(unit);
  for (const auto& [table, rows] : unit.extensions)
    bytes +=
        extensions.emplace_back(table, storable_rows(*table, verb::insert, rows)).second.size();
  check_unit_size(bytes);
}

std::string definition_rows(std::span<const schema::workflow_definition> definitions) {
  using table = schema::workflow_definition_table;
  detail::least_size_of_rows size;
  for (const auto& row : definitions) size.add<table>(row);
  std::string text;
  for (const auto& row : definitions) append_row<table>(text, row);
  check_unit_size(text.size());
  return fmt::format("[{}]", text);
}

namespace {

// A uuid may be written in either case.
json::value key_part(const schema::table_description& table, std::string_view column,
                     const json::object& row) {
  const json::value* value = row.if_contains(column);
  if (value == nullptr) return {};
  if (value->is_string() &&
      schema::rules::find_column(table, column)->type == schema::column_type::uuid)
    if (const auto id = schema::parse_uuid(value->get_string()))
      return json::string(schema::to_text(*id));
  return *value;
}

}  // namespace

std::string storable_rows(const schema::table_description& table, verb what, json::array rows) {
  check_size(least_size(rows), table.name);
  check_values(table, rows);
  for (auto& row : rows) make_storable(row, table.name);
  // Of two inserts the constraint tells, of two removals one is enough.
  if (what == verb::update)
    check_keys_differ(
        table.name,
        [&](const json::value& row) {
          json::array key;
          for (const std::string_view column : table.primary_key().columns)
            key.push_back(key_part(table, column, row.as_object()));
          return json::serialize(key);
        },
        rows);
  std::string text = json::serialize(rows);
  check_unit_size(text.size());
  return text;
}

void check_argument(std::string_view text, std::string_view what) {
  if (text.find('\0') != std::string_view::npos || !schema::is_valid_utf8(text) ||
      text.size() > key_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("the {} must be UTF-8 without NUL bytes and at most {} bytes long",
                            what, key_bytes_max)};
}

std::string sort_list(const related_request& what, std::string_view alias,
                      std::string_view collation) {
  std::string list;
  const auto add = [&](std::string_view column, bool descending) {
    const auto* described = schema::rules::find_column(*what.target, column);
    if (described == nullptr || schema::rules::has_several_forms(*described))
      throw error{error_kind::invalid_input,
                  fmt::format("rows of {} cannot be sorted by {}", what.target->name, column)};
    fmt::format_to(std::back_inserter(list), "{}{}.{}{}{} NULLS LAST", list.empty() ? "" : ", ",
                   alias, schema::quoted(column),
                   described->type == schema::column_type::text ? collation : "",
                   descending ? " DESC" : "");
  };
  for (const sort_term& term : what.sort) add(term.column, term.descending);
  for (const std::string_view column : what.target->primary_key().columns) add(column, false);
  return list;
}

}  // namespace nava::persistence
