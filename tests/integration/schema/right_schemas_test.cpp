// SPDX-License-Identifier: Apache-2.0
#include "support/right_schemas.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nava/inspection/schema_check.hpp>
#include <nava/schema/ddl.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/sql_script.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;
using schema::column_description;
using schema::table_description;

namespace {

bool is_sqlite(test_database& database) { return database.url().backend() == backend::sqlite; }

// The same value for every column of a type, so that a key leads to the one row there is.
std::string value_of(const column_description& column, bool sqlite) {
  if (!column.values.empty()) {
    std::string text{column.values.front()};
    for (auto at = text.find('\''); at != text.npos; at = text.find('\'', at + 2))
      text.insert(at, 1, '\'');
    return "'" + text + "'";
  }
  switch (column.type) {
    case schema::column_type::uuid:
      return "'00000000-0000-7000-8000-000000000001'";
    case schema::column_type::text:
      return "'a'";
    case schema::column_type::boolean:
      return sqlite ? "1" : "true";
    case schema::column_type::integer:
    case schema::column_type::bigint:
    case schema::column_type::decimal:
      return "1";
    case schema::column_type::date:
      return "'2026-03-01'";
    case schema::column_type::bytes:
      return sqlite ? "X'01'" : "'\\x01'";
    case schema::column_type::text_array:
      return sqlite ? "'[\"a\"]'" : "'{a}'";
    case schema::column_type::real:
      return "1.5";
    case schema::column_type::timestamp:
      return "'2026-03-01T12:00:00.000000Z'";
    case schema::column_type::json:
      return "'{}'";
  }
  return {};
}

bool is_in_a_key(const table_description& table, std::string_view column) {
  return std::ranges::any_of(table.foreign_keys, [&](const auto& key) {
    return std::ranges::find(key.columns, column) != key.columns.end();
  });
}

// Those that refer to others stand behind them, but for keys that may be NULL.
std::vector<const table_description*> in_order(const schema::database_description& database) {
  std::vector<const table_description*> ordered;
  const auto is_there = [&](std::string_view name) {
    return std::ranges::any_of(ordered, [&](const auto* table) { return table->name == name; });
  };
  const auto is_free = [&](const table_description& table) {
    return std::ranges::all_of(table.foreign_keys, [&](const auto& key) {
      return is_there(key.target_table) ||
             std::ranges::any_of(key.columns, [&](std::string_view name) {
               return schema::rules::is_nullable(table, name);
             });
    });
  };
  while (ordered.size() < database.tables.size()) {
    const auto before = ordered.size();
    for (const auto& table : database.tables)
      if (!is_there(table.name) && is_free(table)) ordered.push_back(&table);
    REQUIRE(ordered.size() > before);
  }
  return ordered;
}

template <class Each>
std::string joined(const table_description& table, std::string_view between, Each each) {
  std::string text;
  for (const auto& column : table.columns)
    if (const std::string part = each(column); !part.empty())
      text += (text.empty() ? "" : std::string{between}) + part;
  return text;
}

// One row, whose keys that may be NULL are.
std::string insertion(const table_description& table, bool sqlite) {
  const auto name = [](const auto& column) { return fmt::format("\"{}\"", column.name); };
  const auto value = [&](const auto& column) {
    return column.nullable && is_in_a_key(table, column.name) ? "NULL" : value_of(column, sqlite);
  };
  return fmt::format("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, joined(table, ", ", name),
                     joined(table, ", ", value));
}

// Sets those keys; empty where there are none.
std::string completion(const table_description& table, bool sqlite, bool to_null) {
  const std::string changes = joined(table, ", ", [&](const auto& column) {
    return column.nullable && is_in_a_key(table, column.name)
               ? fmt::format("\"{}\" = {}", column.name,
                             to_null ? "NULL" : value_of(column, sqlite))
               : std::string{};
  });
  return changes.empty() ? "" : fmt::format("UPDATE \"{}\" SET {}", table.name, changes);
}

std::string rows_in(raw_session& raw, const schema::database_description& database) {
  std::string counts;
  for (const auto& table : database.tables)
    counts += raw.value(fmt::format("SELECT count(*) FROM \"{}\"", table.name));
  return counts;
}

template <class Database>
void create(Database& database, const right_schema& right) {
  const bool sqlite = is_sqlite(database);
  auto own = *right.description;
  if (right.has_workflows) {
    migrate(database.url(), database.options());
    own = {own.tables.subspan(schema::tables_of_nava)};
  } else if (sqlite) {
    std::ofstream{database.url().location()};
  } else {
    database.raw()->run("CREATE SCHEMA \"" + database.url().schema() + '"');
  }
  const auto raw = database.raw();
  for (const auto& statement : statements_of(
           create_statements(own, sqlite ? schema::dialect::sqlite : schema::dialect::postgresql)))
    raw->run(statement);
}

void check_no_finding(test_database& database, const right_schema& right) {
  check_options options;
  if (!right.has_workflows) options.migrations.clear();
  for (const auto& found : check_schema(database.url(), *right.description, options)) {
    CAPTURE(found.rule, found.object, found.message);
    CHECK(found.how_bad != inspection::severity::error);
    CHECK(found.how_bad != inspection::severity::warning);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("right schemas: each is created, filled, checked and emptied", "[schema]",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  for (const right_schema& right : right_schemas()) {
    CAPTURE(right.name);
    TestType database;
    create(database, right);
    check_no_finding(database, right);
    const auto raw = database.raw();
    const auto tables = in_order(*right.description);
    const bool sqlite = is_sqlite(database);
    const auto fill = [&] {
      for (const auto* table : tables) raw->run(insertion(*table, sqlite));
      for (const auto* table : tables)
        if (const auto sql = completion(*table, sqlite, false); !sql.empty()) raw->run(sql);
    };
    const std::string all(tables.size(), '1'), none(tables.size(), '0');
    fill();
    CHECK(rows_in(*raw, *right.description) == all);
    check_no_finding(database, right);
    if (right.has_workflows) {
      // With the workflow everything goes that is not outside of the family.
      raw->run("DELETE FROM \"workflow_definition\"");
      raw->run("DELETE FROM \"workflow_inbox\"");
      raw->run("DELETE FROM \"workflow_slot\"");
      raw->run("DELETE FROM \"workflow_rate\"");
      raw->run("DELETE FROM \"workflow_tombstone\"");
      raw->run("DELETE FROM \"workflow\"");
      CHECK(rows_in(*raw, *right.description) == none);
      fill();
    }
    for (const auto* table : tables)
      if (const auto sql = completion(*table, sqlite, true); !sql.empty()) raw->run(sql);
    for (auto at = tables.rbegin(); at != tables.rend(); ++at)
      raw->run(fmt::format("DELETE FROM \"{}\"", (*at)->name));
    CHECK(rows_in(*raw, *right.description) == none);
  }
}
