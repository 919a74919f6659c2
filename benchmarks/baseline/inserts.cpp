// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/inserts.hpp"

#include <array>
#include <nava/schema/ddl.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>

namespace nava::benchmarks {
namespace {

using schema::table_description;

std::span<const table_description> tables() {
  return schema::workflow_database<>::description.tables;
}

std::size_t place_of(std::string_view table) {
  for (std::size_t i = 0; i < tables().size(); ++i)
    if (tables()[i].name == table) return i;
  throw std::logic_error{"no table has this name"};
}

std::string text_of(const json::value& of) {
  if (of.is_string()) return std::string{of.get_string().data(), of.get_string().size()};
  return json::serialize(of);
}

template <class Table, class Rows>
void add(std::vector<text_row>& to, const Rows& rows) {
  const std::size_t table = place_of(Table::name.view());
  for (const auto& row : rows) {
    const json::object object = schema::to_json<Table>(row);
    text_row& added = to.emplace_back(text_row{table, {}});
    for (const auto& column : tables()[table].columns) {
      const auto* found = object.if_contains(column.name);
      added.columns.push_back(found == nullptr ? value{} : value{text_of(*found)});
    }
  }
}

std::vector<schema::workflow_agenda> agenda_of(const std::vector<schema::workflow_task>& tasks,
                                               timestamp due) {
  std::vector<schema::workflow_agenda> rows;
  for (const auto& task : tasks) {
    auto& row = rows.emplace_back();
    row.workflow_id = task.workflow_id;
    row.id = task.id;
    row.queue = task.name;
    row.ts_due = due;
  }
  return rows;
}

std::string insert_into(const std::string& prefix, const table_description& table) {
  std::string columns, marks;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    columns += (i == 0 ? "" : ", ") + schema::quoted(table.columns[i].name);
    marks += (i == 0 ? "$" : ", $") + std::to_string(i + 1);
  }
  return "INSERT INTO " + prefix + schema::quoted(table.name) + " (" + columns + ") VALUES (" +
         marks + ")";
}

}  // namespace

std::vector<text_row> inserted_rows(const nava::unit_of_work& unit) {
  using namespace schema;
  std::vector<text_row> rows;
  add<workflow_table>(rows, std::array{unit.workflow});
  add<workflow_step_table>(rows, unit.steps.inserted);
  add<workflow_stage_table>(rows, unit.stages.inserted);
  add<workflow_participant_table>(rows, unit.participants.inserted);
  add<workflow_memory_table>(rows, unit.memory.inserted);
  add<workflow_mutation_table>(rows, unit.mutations);
  add<workflow_message_table>(rows, unit.messages);
  add<workflow_event_table>(rows, unit.events);
  add<workflow_task_table>(rows, unit.tasks.inserted);
  add<workflow_agenda_table>(rows, agenda_of(unit.tasks.inserted, unit.workflow.updated));
  return rows;
}

std::function<void(const std::vector<text_row>&)> plain_inserts(const options& given) {
  const std::shared_ptr<client> to = connect(given.url);
  const std::string prefix = given.on_postgresql() ? schema::quoted(given.schema) + "." : "";
  std::vector<client::statement> inserts;
  for (const auto& table : tables()) inserts.push_back(to->prepare(insert_into(prefix, table)));
  return [to, inserts](const std::vector<text_row>& rows) {
    std::vector<client::call> calls;
    for (const auto& row : rows) calls.push_back({inserts[row.table], row.columns});
    to->transact(calls);
  };
}

}  // namespace nava::benchmarks
