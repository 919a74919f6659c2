// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/scratch.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <iostream>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_database.hpp>
#include <stdexcept>

#include "benchmarks/baseline/client.hpp"

namespace nava::benchmarks {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 3> layout_names{"original", "original_indexed", "no_keys"};

// {nava} and {here} are the schemas, {table} is a table; {id} is the column that a child lacks.
constexpr std::string_view original_workflow =
    "CREATE TABLE {here}.workflow (LIKE {nava}.workflow, PRIMARY KEY (_id))";
constexpr std::string_view original_child =
    "CREATE TABLE {here}.{table} (LIKE {nava}.{table}{id}, PRIMARY KEY (_id), CONSTRAINT "
    "fk_{table}_workflow_id FOREIGN KEY (workflow_id) REFERENCES {here}.workflow (_id) ON DELETE "
    "CASCADE ON UPDATE CASCADE)";
constexpr std::string_view missing_id = ", _id uuid NOT NULL DEFAULT gen_random_uuid()";
constexpr std::string_view index_of_child =
    "CREATE INDEX ix_{table}_workflow_id ON {here}.{table} (workflow_id)";
constexpr std::string_view without_keys =
    "CREATE TABLE {here}.{table} (LIKE {nava}.{table} INCLUDING INDEXES INCLUDING CONSTRAINTS)";
// LIKE leaves out the storage parameters.
constexpr std::string_view storage_of_nava =
    "SELECT format('ALTER TABLE {here}.%I SET (%s)', relname, array_to_string(reloptions, ', ')) "
    "FROM pg_class WHERE relnamespace = '{nava}'::regnamespace AND relkind = 'r' AND reloptions IS "
    "NOT NULL AND to_regclass('{here}.' || relname) IS NOT NULL";

class maker {
 public:
  maker(const options& given, const std::string& here)
      : server_(connect(given.url)), nava_(given.schema), here_(here) {}

  void make(layout which) {
    server_->run("CREATE SCHEMA " + here_);
    if (which == layout::no_keys) return make_without_keys();
    run(original_workflow, "workflow");
    for (const auto& child : child_tables()) {
      run(original_child, child);
      if (which == layout::original_indexed) run(index_of_child, child);
    }
  }

 private:
  void make_without_keys() {
    run(without_keys, "workflow");
    for (const auto& child : child_tables()) run(without_keys, child);
    for (const auto& alter : server_->query(filled(storage_of_nava, "workflow")))
      server_->run(alter.front());
  }

  void run(std::string_view sql, const std::string& table) { server_->run(filled(sql, table)); }

  [[nodiscard]] std::string filled(std::string_view sql, const std::string& table) const {
    const auto* described = schema::find_table(schema::workflow_database<>::description, table);
    bool has_id = false;
    for (const auto& column : described->columns) has_id = has_id || column.name == "_id";
    return fmt::format(fmt::runtime(sql), fmt::arg("nava", nava_), fmt::arg("here", here_),
                       fmt::arg("table", table),
                       fmt::arg("id", has_id ? std::string_view{} : missing_id));
  }

  std::unique_ptr<client> server_;
  std::string nava_, here_;
};

}  // namespace

const std::vector<std::string>& child_tables() {
  static const std::vector<std::string> tables = [] {
    std::vector<std::string> found;
    for (const auto& table : schema::workflow_database<>::description.tables)
      if (!table.foreign_keys.empty()) found.emplace_back(table.name);
    return found;
  }();
  return tables;
}

scratch::scratch(const options& given, std::string schema)
    : url_(given.url), schema_(std::move(schema)) {
  if (url_.in_memory())
    throw std::runtime_error{"a run needs several connections; name a file or a server"};
  const bool exists =
      given.on_postgresql()
          ? !connect(url_)
                 ->query("SELECT 1 FROM pg_namespace WHERE nspname = '" + schema_ + "'")
                 .empty()
          : fs::exists(url_.location());
  if (exists)
    throw std::runtime_error{given.on_postgresql()
                                 ? "the schema " + schema_ +
                                       " is there already; drop it or name another --schema"
                                 : "the file is there already; name one that is not"};
}

scratch::~scratch() {
  try {
    if (url_.backend() == persistence::backend::postgresql)
      connect(url_)->run("DROP SCHEMA IF EXISTS " + schema::quoted(schema_) + " CASCADE");
    else
      for (const char* ending : {"", "-wal", "-shm"}) fs::remove(url_.location() + ending);
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: cannot remove what was made: " << failure.what() << '\n';
  }
}

other_layout::other_layout(const options& given, layout which)
    : scratch(given,
              fmt::format("{}_{}", given.schema, layout_names[static_cast<std::size_t>(which)])) {
  maker{given, schema()}.make(which);
}

}  // namespace nava::benchmarks
