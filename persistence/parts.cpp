// SPDX-License-Identifier: Apache-2.0
#include "persistence/parts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/persistence/store.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/row.hpp>

namespace nava::persistence {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view why) {
  throw error{error_kind::invalid_input, fmt::format("{} {}", what, why)};
}

template <class Table>
unit_part part(verb what, const std::vector<typename Table::row_type>& rows) {
  unit_part result{&table_named(Table::name.view()), what, {}};
  result.rows.reserve(rows.size());
  try {
    for (const auto& row : rows) result.rows.push_back(schema::to_json<Table>(row));
  } catch (const schema::conversion_error& misfit) {
    throw error{error_kind::invalid_input, misfit.what()};
  }
  return result;
}

bool is_indexed(const schema::table_description& table, std::string_view column) {
  return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const auto& index) {
    return std::find(index.columns.begin(), index.columns.end(), column) != index.columns.end();
  });
}

// PostgreSQL refuses an index entry beyond a third of a page; SQLite would take it.
void check_keys(const unit_part& part) {
  for (const auto& column : part.table->columns) {
    if (column.type != schema::column_type::text || !is_indexed(*part.table, column.name)) continue;
    for (const auto& row : part.rows) {
      const json::value* value = row.as_object().if_contains(column.name);
      if (value != nullptr && value->is_string() && value->get_string().size() > key_bytes_max)
        refuse(fmt::format("{}.{}", part.table->name, column.name),
               fmt::format("is longer than {} bytes; shorten it", key_bytes_max));
    }
  }
}

template <class Row>
void check_owner(const unit_of_work& unit, std::string_view table, const std::vector<Row>& rows) {
  for (const Row& row : rows)
    if (row.workflow_id != unit.workflow.id)
      refuse(table, "has a row of another workflow than the unit's");
}

void check_owners(const unit_of_work& unit) {
  check_owner(unit, "workflow_step", unit.steps.inserted);
  check_owner(unit, "workflow_step", unit.steps.updated);
  check_owner(unit, "workflow_stage", unit.stages.inserted);
  check_owner(unit, "workflow_stage", unit.stages.updated);
  check_owner(unit, "workflow_participant", unit.participants.inserted);
  check_owner(unit, "workflow_participant", unit.participants.removed);
  check_owner(unit, "workflow_memory", unit.memory.inserted);
  check_owner(unit, "workflow_memory", unit.memory.updated);
  check_owner(unit, "workflow_mutation", unit.mutations);
  check_owner(unit, "workflow_message", unit.messages);
  check_owner(unit, "workflow_event", unit.events);
  check_owner(unit, "workflow_task", unit.tasks.inserted);
  check_owner(unit, "workflow_task", unit.tasks.updated);
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

void check_unit(const unit_of_work& unit, verb root) {
  if ((root == verb::insert) != (unit.read_revision == 0) || unit.read_revision < 0)
    refuse("unit_of_work.read_revision", "is 0 for create and that of the workflow for commit");
  if (unit.workflow.revision != unit.read_revision + 1)
    refuse("workflow.revision", "is not the next after the one that was read");
  if (unit.events.empty())
    refuse("unit_of_work.events", "lacks the event that caused the decision");
  check_owners(unit);
}

unit_part root_part(const unit_of_work& unit) {
  const bool creates = unit.read_revision == 0;
  auto root = part<schema::workflow_table>(creates ? verb::insert : verb::update, {unit.workflow});
  if (!creates) root.rows.front().as_object()["read_revision"] = unit.read_revision;
  return root;
}

std::vector<unit_part> child_parts(const unit_of_work& unit) {
  using namespace schema;
  std::vector<unit_part> parts;
  parts.push_back(part<workflow_step_table>(verb::insert, unit.steps.inserted));
  parts.push_back(part<workflow_step_table>(verb::update, unit.steps.updated));
  parts.push_back(part<workflow_stage_table>(verb::insert, unit.stages.inserted));
  parts.push_back(part<workflow_stage_table>(verb::update, unit.stages.updated));
  parts.push_back(part<workflow_participant_table>(verb::insert, unit.participants.inserted));
  parts.push_back(part<workflow_participant_table>(verb::remove, unit.participants.removed));
  parts.push_back(part<workflow_memory_table>(verb::insert, unit.memory.inserted));
  parts.push_back(part<workflow_memory_table>(verb::update, unit.memory.updated));
  parts.push_back(part<workflow_mutation_table>(verb::insert, unit.mutations));
  parts.push_back(part<workflow_message_table>(verb::insert, unit.messages));
  parts.push_back(part<workflow_event_table>(verb::insert, unit.events));
  parts.push_back(part<workflow_task_table>(verb::insert, unit.tasks.inserted));
  parts.push_back(part<workflow_task_table>(verb::update, unit.tasks.updated));
  return parts;
}

void make_storable(unit_part& part) {
  check_keys(part);
  for (auto& row : part.rows) make_storable(row, part.table->name);
}

unit_part definition_part(std::span<const schema::workflow_definition> definitions) {
  return part<schema::workflow_definition_table>(verb::insert,
                                                 {definitions.begin(), definitions.end()});
}

void check_unit_size(std::size_t bytes) {
  if (bytes > unit_bytes_max)
    throw error{error_kind::invalid_input,
                fmt::format("what is to be stored is {} bytes long as JSON, {} are allowed; keep "
                            "large payloads elsewhere and refer to them, or store it in parts",
                            bytes, unit_bytes_max)};
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
    if (described == nullptr || described->type == schema::column_type::json)
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

list_arguments::list_arguments(const list_request& request)
    : limit(std::to_string(std::min(request.limit, list_rows_max))) {
  check_argument(request.wfdef_key, "definition key");
  if (!request.wfdef_key.empty()) wfdef_key = request.wfdef_key;
  if (request.status) status = schema::to_text(*request.status);
  if (request.after) after = schema::to_text(*request.after);
}

std::int64_t cause_seq(const unit_of_work& unit) { return unit.events.front().seq; }

}  // namespace nava::persistence
