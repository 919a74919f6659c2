// SPDX-License-Identifier: Apache-2.0
#include "benchmarks/baseline/layouts.hpp"

#include <fmt/format.h>

#include <array>
#include <iostream>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <stdexcept>

#include "benchmarks/baseline/libpq.hpp"

namespace nava::benchmarks {
namespace {

constexpr std::array<std::string_view, 3> names{"original", "original_indexed", "no_keys"};

// {nava} and {here} are the schemas, {table} and {bare} a table with and without quotes.
constexpr std::string_view original_workflow =
    "CREATE TABLE {here}.\"workflow\" (LIKE {nava}.\"workflow\", PRIMARY KEY (\"_id\"))";
constexpr std::string_view original_child =
    "CREATE TABLE {here}.{table} (LIKE {nava}.{table}{id}, PRIMARY KEY (\"_id\"), CONSTRAINT "
    "\"fk_{bare}_workflow_id\" FOREIGN KEY (\"workflow_id\") REFERENCES {here}.\"workflow\" "
    "(\"_id\") ON DELETE CASCADE ON UPDATE CASCADE)";
constexpr std::string_view missing_id = ", \"_id\" uuid NOT NULL DEFAULT gen_random_uuid()";
constexpr std::string_view index_of_child =
    "CREATE INDEX \"ix_{bare}_workflow_id\" ON {here}.{table} (\"workflow_id\")";
constexpr std::string_view without_keys =
    "CREATE TABLE {here}.{table} (LIKE {nava}.{table} INCLUDING INDEXES INCLUDING CONSTRAINTS)";

class maker {
 public:
  maker(const options& given, std::string here)
      : server_(given.url.location()), nava_(given.schema), here_(std::move(here)) {}

  [[nodiscard]] bool exists() {
    return server_.run("SELECT 1 FROM pg_namespace WHERE nspname = $1", {here_}).rows() > 0;
  }

  void make(layout which) {
    server_.run("CREATE SCHEMA " + schema::quoted(here_));
    if (which == layout::no_keys) return make_without_keys();
    run(original_workflow, "workflow");
    for (const auto& child : child_tables()) {
      run(original_child, child);
      if (which == layout::original_indexed) run(index_of_child, child);
    }
  }

  void drop() { server_.run("DROP SCHEMA IF EXISTS " + schema::quoted(here_) + " CASCADE"); }

 private:
  void make_without_keys() {
    run(without_keys, "workflow");
    for (const auto& child : child_tables()) run(without_keys, child);
    const auto settings = server_.run(
        "SELECT format('ALTER TABLE %I.%I SET (%s)', cast($2 AS text), relname, "
        "array_to_string(reloptions, ', ')) FROM pg_class WHERE relnamespace = cast($1 AS "
        "regnamespace) AND relkind = 'r' AND reloptions IS NOT NULL AND relname LIKE 'workflow%'",
        {schema::quoted(nava_), here_});
    for (int row = 0; row < settings.rows(); ++row) server_.run(std::string{settings.value(row)});
  }

  void run(std::string_view sql, const std::string& table) {
    const bool has_id = server_
                            .run(
                                "SELECT 1 FROM pg_attribute WHERE attrelid = cast($1 AS regclass) "
                                "AND attname = '_id'",
                                {schema::quoted(nava_) + "." + schema::quoted(table)})
                            .rows() > 0;
    server_.run(fmt::format(fmt::runtime(sql), fmt::arg("nava", schema::quoted(nava_)),
                            fmt::arg("here", schema::quoted(here_)),
                            fmt::arg("table", schema::quoted(table)), fmt::arg("bare", table),
                            fmt::arg("id", has_id ? std::string_view{} : missing_id)));
  }

  libpq::connection server_;
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

other_layout::other_layout(const options& given, layout which)
    : given_(given),
      schema_(given.schema + "_" + std::string{names[static_cast<std::size_t>(which)]}) {
  maker tables{given, schema_};
  if (tables.exists())
    throw std::runtime_error{"the schema " + schema_ +
                             " is there already; drop it or name another --schema"};
  try {
    tables.make(which);
  } catch (...) {
    tables.drop();
    throw;
  }
}

other_layout::~other_layout() {
  if (given_.keep) return;
  try {
    maker{given_, schema_}.drop();
  } catch (const std::exception& failure) {
    std::cerr << "nava_bench: cannot drop " << schema_ << ": " << failure.what() << '\n';
  }
}

}  // namespace nava::benchmarks
