// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <nava/inspection/orphans.hpp>
#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/ddl.hpp>

#include "inspection/sqlite/read_only_file.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"

namespace nava::inspection {

using namespace fmt::literals;

namespace {

// A hash anti-join on PostgreSQL; on SQLite a walk with a look into an index for each row.
constexpr std::string_view orphans_sql = R"(
SELECT DISTINCT {key}
FROM {place}{table} AS c
WHERE {is_given}
  AND NOT EXISTS (
    SELECT 1
    FROM {place}{target} AS t
    WHERE {is_target}
  )
ORDER BY 1
LIMIT {limit})";

// The time of one statement has no bound: it grows with the tables.
constexpr const char* begin_on_server = R"(
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SET LOCAL statement_timeout = 0)";

using names = std::vector<std::string>;
using query = std::function<names(const std::string& sql)>;

// From rows of one table to rows of another.
struct reference {
  std::string table;
  names columns;
  std::string target;
  names target_columns;
};

// No foreign key leads from workflows: a hot table must not lock rows that many share. In the
// partitioned layout a table of its own keeps the resources of workflows unique.
void add_unkept(const catalog& database, std::vector<reference>& all) {
  for (const catalog_table& table : database.tables) {
    if (table.name == "workflow_definition")
      all.push_back(
          {"workflow", {"wfdef_key", "wfdef_rev"}, table.name, {"wfdef_key", "wfdef_rev"}});
    if (table.name == "workflow_resource")
      all.push_back({"workflow",
                     {"_id", "wfdef_key", "resource_name", "resource_id"},
                     table.name,
                     {"workflow_id", "wfdef_key", "resource_name", "resource_id"}});
  }
}

std::vector<reference> references_in(const catalog& database) {
  std::vector<reference> all;
  for (const catalog_table& table : database.tables)
    for (const catalog_foreign_key& key : table.foreign_keys)
      if (key.target_schema == table.schema && key.columns.size() == key.target_columns.size())
        all.push_back({table.name, key.columns, key.target_table, key.target_columns});
  add_unkept(database, all);
  return all;
}

std::string sql_of(const reference& from, const std::string& place) {
  std::string key, is_given, is_target;
  for (std::size_t i = 0; i < from.columns.size(); ++i) {
    const std::string column = "c." + schema::quoted(from.columns[i]);
    const bool is_first = i == 0;
    key += fmt::format("{}cast({} AS text)", is_first ? "" : " || '/' || ", column);
    is_given += fmt::format("{}{} IS NOT NULL", is_first ? "" : " AND ", column);
    is_target += fmt::format("{}t.{} = {}", is_first ? "" : " AND ",
                             schema::quoted(from.target_columns[i]), column);
  }
  return fmt::format(orphans_sql, "key"_a = key, "place"_a = place,
                     "table"_a = schema::quoted(from.table), "is_given"_a = is_given,
                     "target"_a = schema::quoted(from.target), "is_target"_a = is_target,
                     "limit"_a = orphans_named_max + 1);
}

std::vector<orphaned_rows> look(const catalog& database, const std::string& place,
                                const query& keys_of) {
  std::vector<orphaned_rows> found;
  for (const reference& from : references_in(database)) {
    orphaned_rows rows;
    rows.table = from.table;
    rows.target = from.target;
    try {
      rows.keys = keys_of(sql_of(from, place));
    } catch (const error& failure) {
      if (failure.kind() == error_kind::connection_lost) throw;
      rows.failure = failure.what();
    }
    rows.are_more = rows.keys.size() > orphans_named_max;
    if (rows.are_more) rows.keys.pop_back();
    if (!rows.keys.empty() || !rows.failure.empty()) found.push_back(std::move(rows));
  }
  return found;
}

}  // namespace

std::vector<orphaned_rows> find_orphans(const persistence::database_url& url) {
  const catalog database = read_catalog(url);
  if (url.backend() == persistence::backend::postgresql) {
    persistence::postgresql::server_connection from{url};
    from.run_script(begin_on_server);
    return look(database, schema::quoted(url.schema()) + '.', [&](const std::string& sql) {
      names keys;
      try {
        for (const auto& row : from.execute(persistence::statement{sql, {}, 1}))
          keys.push_back(row.front().value());
      } catch (const error&) {
        from.run_script("ROLLBACK");
        from.run_script(begin_on_server);
        throw;
      }
      return keys;
    });
  }
  read_only_file from{url};
  from.begin();
  return look(database, {}, [&](const std::string& sql) {
    names keys;
    from.each(sql, [&](const read_only_file::row& row) { keys.push_back(row.text(0)); });
    return keys;
  });
}

}  // namespace nava::inspection
