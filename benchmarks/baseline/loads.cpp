// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/loads.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/schema/ddl.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <stdexcept>

#include "benchmarks/baseline/libpq.hpp"
#include "benchmarks/baseline/sqlite.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::array<std::string_view, 6> state_tables{"workflow",        "workflow_step",
                                                       "workflow_stage",  "workflow_participant",
                                                       "workflow_memory", "workflow_task"};

const schema::table_description& table_of(std::string_view name) {
  return *schema::find_table(schema::workflow_database<>::description, name);
}

std::string condition_of(std::string_view table, std::string_view parameter) {
  if (table == "workflow") return fmt::format("\"_id\" = {}", parameter);
  const std::string_view open =
      table == "workflow_task" ? " AND \"status\" IN ('SCHEDULED', 'RUNNING')" : "";
  return fmt::format("\"workflow_id\" = {}{}", parameter, open);
}

std::string columns_of(std::string_view name) {
  std::string columns;
  for (const auto& column : table_of(name).columns)
    columns += (columns.empty() ? "" : ", ") + schema::quoted(column.name);
  return columns;
}

std::string server_rows_sql(const std::string& prefix) {
  std::string sql;
  for (std::size_t i = 0; i < state_tables.size(); ++i)
    sql += fmt::format("{}SELECT {}, ROW({}) FROM {}{} WHERE {}", i == 0 ? "" : " UNION ALL ", i,
                       columns_of(state_tables[i]), prefix, schema::quoted(state_tables[i]),
                       condition_of(state_tables[i], "$1::uuid"));
  return sql;
}

// Every table has the columns of the widest, the rest of them empty.
std::string file_rows_sql() {
  std::size_t widest = 0;
  for (const auto name : state_tables) widest = std::max(widest, table_of(name).columns.size());
  std::string sql;
  for (const auto name : state_tables) {
    std::string empty;
    for (std::size_t i = table_of(name).columns.size(); i < widest; ++i) empty += ", NULL";
    sql +=
        fmt::format("{}SELECT '{}', {}{} FROM {} WHERE {}", sql.empty() ? "" : " UNION ALL ", name,
                    columns_of(name), empty, schema::quoted(name), condition_of(name, "?1"));
  }
  return sql;
}

std::string server_json_sql(const std::string& prefix) {
  std::string members;
  for (const auto name : state_tables)
    if (name != "workflow")
      members += fmt::format(", (SELECT json_agg(c) FROM {}{} AS c WHERE c.{})", prefix,
                             schema::quoted(name), condition_of(name, "w.\"_id\""));
  return fmt::format("SELECT row_to_json(w){} FROM {}\"workflow\" AS w WHERE \"_id\" = $1::uuid",
                     members, prefix);
}

std::string file_json_sql() {
  std::string columns;
  for (const auto name : state_tables) {
    std::string object;
    for (const auto& column : table_of(name).columns)
      object += fmt::format("{}'{}', {}", object.empty() ? "" : ", ", column.name,
                            column.type == schema::column_type::json
                                ? fmt::format("json({})", schema::quoted(column.name))
                                : schema::quoted(column.name));
    columns += fmt::format("{}(SELECT json_group_array(json_object({})) FROM {} WHERE {})",
                           columns.empty() ? "" : ", ", object, schema::quoted(name),
                           condition_of(name, "?1"));
  }
  return "SELECT " + columns;
}

class server_loads : public loads {
 public:
  server_loads(const options& given, const std::string& sql, libpq::format form)
      : server_(given.url.location()), statement_(server_.prepare(sql)), form_(form) {}

  std::size_t load(const uuid& id) override {
    const auto found = statement_.execute({schema::to_text(id)}, form_);
    std::size_t bytes = 0;
    for (int row = 0; row < found.rows(); ++row)
      for (int column = 0; column < found.columns(); ++column)
        bytes += std::string{found.value(row, column)}.size();
    if (bytes == 0) throw std::runtime_error{"a workflow that was to be loaded was not there"};
    return bytes;
  }

 private:
  libpq::connection server_;
  libpq::statement statement_;
  libpq::format form_;
};

class file_loads : public loads {
 public:
  file_loads(const options& given, const std::string& sql)
      : file_(given.url.location()), statement_(file_.prepare(sql)) {}

  std::size_t load(const uuid& id) override {
    std::size_t bytes = 0;
    statement_.begin({schema::to_text(id)});
    while (statement_.next())
      for (int column = 0; column < sqlite3_column_count(statement_.native()); ++column)
        bytes += std::string{statement_.text(column)}.size();
    if (bytes == 0) throw std::runtime_error{"a workflow that was to be loaded was not there"};
    return bytes;
  }

 private:
  sqlite::connection file_;
  sqlite::statement statement_;
};

}  // namespace

std::unique_ptr<loads> json_loads(const options& given, const std::string& schema) {
  if (given.on_postgresql())
    return std::make_unique<server_loads>(given, server_json_sql(schema::quoted(schema) + "."),
                                          libpq::format::text);
  return std::make_unique<file_loads>(given, file_json_sql());
}

std::unique_ptr<loads> row_loads(const options& given, const std::string& schema) {
  if (given.on_postgresql())
    return std::make_unique<server_loads>(given, server_rows_sql(schema::quoted(schema) + "."),
                                          libpq::format::binary);
  return std::make_unique<file_loads>(given, file_rows_sql());
}

}  // namespace nava::benchmarks
