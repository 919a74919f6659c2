// SPDX-License-Identifier: Apache-2.0
#include "persistence/state_json.hpp"

#include <algorithm>
#include <charconv>
#include <nava/schema/row.hpp>

#include "persistence/json_text.hpp"
#include "persistence/parts.hpp"

namespace nava::persistence {
namespace {

using namespace schema;

// A stored value that does not fit is a fault of the database, not of the caller.
template <class Read>
auto reading(Read&& read) {
  try {
    return read();
  } catch (const conversion_error& failure) {
    throw error{error_kind::other, failure.what()};
  }
}

template <class Table>
std::vector<typename Table::row_type> rows_of(const json::object& document) {
  std::vector<typename Table::row_type> rows;
  const json::value* list = document.if_contains(Table::name.view());
  if (list == nullptr || list->is_null()) return rows;
  rows.reserve(list->as_array().size());
  for (const auto& row : list->as_array()) rows.push_back(from_json<Table>(row.as_object()));
  return rows;
}

// What a row answers with. Read once and dropped whole, so its memory is taken and given back in
// large pieces.
class document {
 public:
  explicit document(const connection::row& row)
      : memory_(std::max<std::size_t>(bytes_per_byte * row.front().value().size(), 1)),
        value_(parse_stored_json(row.front().value(), &memory_)) {}
  document(const document&) = delete;

  [[nodiscard]] const json::object& object() const { return value_.as_object(); }

 private:
  // Of a state as a tree to its text; what it needs beyond comes in further pieces.
  static constexpr std::size_t bytes_per_byte = 4;

  json::monotonic_resource memory_;
  const json::value value_;
};

workflow_state state_in(const json::object& document) {
  workflow_state state;
  state.workflow = from_json<workflow_table>(document.at("workflow").as_object());
  state.steps = rows_of<workflow_step_table>(document);
  state.stages = rows_of<workflow_stage_table>(document);
  state.participants = rows_of<workflow_participant_table>(document);
  auto memory = rows_of<workflow_memory_table>(document);
  if (!memory.empty()) state.memory = std::move(memory.front());
  state.memory.workflow_id = state.workflow.id;
  state.tasks = rows_of<workflow_task_table>(document);
  return state;
}

bool is_true(const std::optional<std::string>& text) { return text == "t" || text == "1"; }

template <class Table>
std::vector<typename Table::row_type> single_rows(const std::vector<connection::row>& rows) {
  return reading([&] {
    std::vector<typename Table::row_type> result;
    result.reserve(rows.size());
    for (const auto& row : rows) result.push_back(from_json<Table>(document{row}.object()));
    return result;
  });
}

}  // namespace

std::vector<loaded_workflow> loaded_from(const std::vector<connection::row>& rows) {
  return reading([&] {
    std::vector<loaded_workflow> loaded;
    for (const auto& row : rows)
      loaded.push_back({state_in(document{row}.object()), is_true(row[1])});
    return loaded;
  });
}

std::optional<workflow_history> history_from(const std::vector<connection::row>& rows) {
  if (rows.empty()) return std::nullopt;
  return reading([&]() -> std::optional<workflow_history> {
    const document whole{rows.front()};
    const json::object& tables = whole.object();
    workflow_history history{rows_of<workflow_mutation_table>(tables),
                             rows_of<workflow_message_table>(tables),
                             rows_of<workflow_event_table>(tables),
                             rows_of<workflow_task_table>(tables), state_in(tables)};
    std::erase_if(history.state.tasks, [](const auto& task) { return is_finished(task.status); });
    return history;
  });
}

std::vector<workflow> workflows_from(const std::vector<connection::row>& rows) {
  return single_rows<workflow_table>(rows);
}

std::vector<workflow_definition> definitions_from(const std::vector<connection::row>& rows) {
  return single_rows<workflow_definition_table>(rows);
}

std::vector<table_rows> counts_from(const std::vector<connection::row>& rows) {
  std::vector<table_rows> counts;
  for (const auto& row : rows) {
    const std::string& text = row[1].value();
    table_rows count{table_named(row[0].value()).name, 0};
    std::from_chars(text.data(), text.data() + text.size(), count.rows);
    counts.push_back(count);
  }
  return counts;
}

}  // namespace nava::persistence
