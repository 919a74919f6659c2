// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/workflow_database.hpp>

#include "support/catalog_lines.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::inspection;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using inspection::catalog_table;

inspection::catalog catalog_of(const test_database& database, std::string_view schema) {
  return read_catalog(database.url().in_schema(schema));
}

inspection::catalog catalog_of(const postgresql_schema& database) {
  return catalog_of(database, database.schema());
}
inspection::catalog catalog_of(const sqlite_file& database) { return catalog_of(database, ""); }

std::string place_in(const postgresql_schema& database) { return database.schema(); }
std::string place_in(const sqlite_file&) { return "main"; }

names owned(schema::name_list views) { return {views.begin(), views.end()}; }

void check_columns(const catalog_table& live, const schema::table_description& described,
                   schema::dialect dialect) {
  REQUIRE(live.columns.size() == described.columns.size());
  for (std::size_t i = 0; i < live.columns.size(); ++i) {
    const auto& expected = described.columns[i];
    CHECK(live.columns[i].generated == (expected.identity ? "BY DEFAULT" : ""));
    CHECK(live.columns[i].default_expression.empty() == !expected.default_value);
    inspection::catalog_column bare = live.columns[i];
    bare.default_expression.clear();
    bare.generated.clear();
    CHECK(line(bare) == fmt::format("{}: {}{}", expected.name, schema::type_name(expected, dialect),
                                    expected.nullable ? "" : " not null"));
  }
}

void check_indexes(const catalog_table& live, const schema::table_description& described) {
  REQUIRE(live.indexes.size() == described.indexes.size());
  CHECK(live.indexes.front().what == inspection::catalog_index::kind::primary_key);
  for (const auto& expected : described.indexes) {
    const auto found = std::ranges::find_if(
        live.indexes, [&](const auto& index) { return index.name == expected.name; });
    REQUIRE(found != live.indexes.end());
    CHECK(found->columns == owned(expected.columns));
    CHECK(found->where.empty() == expected.where.empty());
    CHECK(found->plain);
    CHECK(found->valid);
  }
}

void check_foreign_keys(const catalog_table& live, const schema::table_description& described) {
  REQUIRE(live.foreign_keys.size() == described.foreign_keys.size());
  for (std::size_t i = 0; i < live.foreign_keys.size(); ++i) {
    const auto& expected = described.foreign_keys[i];
    CHECK(line(live.foreign_keys[i]) ==
          fmt::format("{}: {} to {}.{} {} delete {} update {}", expected.name,
                      list(owned(expected.columns)), live.schema, expected.target_table,
                      list(owned(expected.target_columns)), to_text(expected.on_delete),
                      to_text(expected.on_update)));
  }
}

}  // namespace

TEMPLATE_TEST_CASE("catalog: the tables of a workflow database are told as they are described",
                   "[catalog]", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  migrate(database.url(), database.options());
  const auto catalog = catalog_of(database);
  const auto& described = schema::workflow_database<>::description.tables;
  CHECK(catalog.tables.size() == described.size() + 1);
  std::size_t foreign_keys = 0;
  for (const auto& table : described) {
    const auto& live = table_in(catalog, place_in(database), table.name);
    INFO(table.name);
    check_columns(live, table, catalog.what);
    check_indexes(live, table);
    check_foreign_keys(live, table);
    foreign_keys += live.foreign_keys.size();
    const bool is_sqlite = catalog.what == schema::dialect::sqlite;
    CHECK(live.fillfactor == (is_sqlite ? 100 : table.fillfactor));
    CHECK(live.storage.size() == (is_sqlite ? 0 : table.storage.size()));
    for (std::size_t i = 0; i < live.storage.size(); ++i) {
      CHECK(live.storage[i].name == table.storage[i].name);
      CHECK(live.storage[i].value == table.storage[i].value);
    }
    CHECK(live.strict == is_sqlite);
    CHECK(live.without_rowid == (is_sqlite && table.name != "workflow_inbox"));
  }
  CHECK(foreign_keys == 10);
  CHECK(lines(table_in(catalog, place_in(database), "nava_migration").indexes) ==
        names{"primary pk_nava_migration: version"});
}

TEST_CASE("catalog: checks and conditions are told as each database spells them") {
  sqlite_file file;
  migrate(file.url(), file.options());
  const auto on_sqlite = catalog_of(file);
  CHECK(lines(table_in(on_sqlite, "main", "workflow_stage").checks) ==
        names{"ck_workflow_stage_status: \"status\" IN ('ACTIVE', 'ERROR', 'COMPLETED')"});
  CHECK(table_in(on_sqlite, "main", "workflow_event").indexes.back().where ==
        "\"event_key\" IS NOT NULL");
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto on_server = catalog_of(database);
  CHECK(lines(table_in(on_server, database.schema(), "workflow_stage").checks) ==
        names{"ck_workflow_stage_status: (status = ANY (ARRAY['ACTIVE'::text, 'ERROR'::text, "
              "'COMPLETED'::text]))"});
  CHECK(table_in(on_server, database.schema(), "workflow_event").indexes.back().where ==
        "(event_key IS NOT NULL)");
}

TEST_CASE("catalog: a server that is not there is a lost connection") {
  const database_url nowhere{"postgresql:///nava?host=/nonexistent"};
  CHECK(error_of([&] { (void)read_catalog(nowhere); }).kind() == error_kind::connection_lost);
}
