// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/inserts.hpp"

#include <array>
#include <iterator>
#include <nava/schema/ddl.hpp>
#include <nava/schema/row.hpp>
#include <stdexcept>

#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

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

std::string text_of(const json::value& value) {
  if (value.is_string()) return std::string{value.get_string().data(), value.get_string().size()};
  return json::serialize(value);
}

template <class Table, class Rows>
void add(std::vector<text_row>& to, const Rows& rows) {
  const std::size_t table = place_of(Table::name.view());
  for (const auto& row : rows) {
    const json::object object = schema::to_json<Table>(row);
    text_row& added = to.emplace_back(text_row{table, {}});
    for (const auto& column : tables()[table].columns) {
      const auto* value = object.if_contains(column.name);
      added.values.push_back(value == nullptr ? std::nullopt : std::optional{text_of(*value)});
    }
  }
}

std::string insert_into(const std::string& prefix, const table_description& table,
                        std::string_view parameter) {
  std::string columns, values;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    columns += (i == 0 ? "" : ", ") + schema::quoted(table.columns[i].name);
    values.append(i == 0 ? "" : ", ").append(parameter).append(std::to_string(i + 1));
  }
  return "INSERT INTO " + prefix + schema::quoted(table.name) + " (" + columns + ") VALUES (" +
         values + ")";
}

class server_inserts : public inserts {
 public:
  server_inserts(const options& given, const std::string& schema) : server_(given.url.location()) {
    for (const auto& table : tables())
      statements_.push_back(server_.prepare(insert_into(schema::quoted(schema) + ".", table, "$")));
  }

  void insert(const std::vector<text_row>& rows) override {
    std::vector<libpq::call> calls;
    for (const auto& row : rows) calls.push_back({&statements_[row.table], row.values});
    server_.pipeline(calls);
  }

 private:
  libpq::connection server_;
  std::vector<libpq::statement> statements_;
};

class file_inserts : public inserts {
 public:
  explicit file_inserts(const options& given)
      : file_(given.url.location()),
        begin_(file_.prepare("BEGIN IMMEDIATE")),
        commit_(file_.prepare("COMMIT")) {
    for (const auto& table : tables())
      statements_.push_back(file_.prepare(insert_into("", table, "?")));
  }

  void insert(const std::vector<text_row>& rows) override {
    begin_.execute();
    for (const auto& row : rows) statements_[row.table].execute(row.values);
    commit_.execute();
  }

 private:
  sqlite::connection file_;
  sqlite::statement begin_, commit_;
  std::vector<sqlite::statement> statements_;
};

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
  return rows;
}

std::unique_ptr<inserts> plain_inserts(const options& given, const std::string& schema) {
  if (given.on_postgresql()) return std::make_unique<server_inserts>(given, schema);
  return std::make_unique<file_inserts>(given);
}

}  // namespace nava::benchmarks
