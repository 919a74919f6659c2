// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/inspection/lint.hpp>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"

/// Catalogs made table by table, and what lint finds in them.
namespace nava::test {

using inspection::catalog, inspection::catalog_column, inspection::catalog_foreign_key,
    inspection::catalog_index, inspection::catalog_table, inspection::finding,
    inspection::lint_options, schema::dialect;

// `rule object`, as a baseline has it.
using faults = std::set<std::string>;

inline faults found_in(const catalog& database, const lint_options& options = {}) {
  faults found;
  for (const auto& each : inspection::lint(database, options))
    found.insert(each.rule + ' ' + each.object);
  return found;
}

inline finding only_finding(const catalog& database, const lint_options& options = {}) {
  const auto findings = inspection::lint(database, options);
  REQUIRE(findings.size() == 1);
  return findings.front();
}

inline catalog_table& table_in(catalog& database, const std::string& name) {
  const auto found = std::find_if(database.tables.begin(), database.tables.end(),
                                  [&](const catalog_table& table) { return table.name == name; });
  if (found != database.tables.end()) return *found;
  catalog_table& made = database.tables.emplace_back();
  made.schema = database.what == dialect::sqlite ? "main" : "public";
  made.name = name;
  made.columns = {
      {"id", database.what == dialect::sqlite ? "INTEGER" : "bigint", false, "", "", ""}};
  made.indexes.emplace_back();
  made.indexes.front().what = catalog_index::kind::primary_key;
  made.indexes.front().name = name + "_pkey";
  made.indexes.front().columns = {"id"};
  return made;
}

inline catalog_column& column_in(catalog_table& table, const std::string& name) {
  const auto found =
      std::find_if(table.columns.begin(), table.columns.end(),
                   [&](const catalog_column& column) { return column.name == name; });
  if (found != table.columns.end()) return *found;
  return table.columns.emplace_back(
      catalog_column{name, table.columns.front().type, true, "", "", ""});
}

inline catalog_index& add_index(catalog_table& table, std::vector<std::string> columns) {
  catalog_index& index = table.indexes.emplace_back();
  index.what = catalog_index::kind::index;
  index.columns = std::move(columns);
  index.name = "ix_" + table.name;
  for (const auto& column : index.columns) index.name += '_' + column;
  return index;
}

// A key that breaks no rule by itself: indexed, named, and leading to `id`.
inline catalog_foreign_key& add_key(catalog& database, const std::string& from,
                                    const std::string& column, const std::string& to) {
  const std::string schema = table_in(database, to).schema;
  catalog_table& table = table_in(database, from);
  column_in(table, column);
  add_index(table, {column});
  catalog_foreign_key& key = table.foreign_keys.emplace_back();
  key.name = "fk_" + from + '_' + column;
  key.columns = {column};
  key.target_schema = schema;
  key.target_table = to;
  key.target_columns = {"id"};
  return key;
}

inline catalog of_dialect(dialect what) {
  catalog database;
  database.what = what;
  return database;
}

// A composite key (a, b) from `child` to `parent` (a, b).
inline catalog composite() {
  catalog database;
  catalog_table& parent = table_in(database, "parent");
  for (const char* name : {"a", "b"}) column_in(parent, name).nullable = false;
  add_index(parent, {"a", "b"}).what = catalog_index::kind::unique_constraint;
  catalog_foreign_key& key = add_key(database, "child", "a", "parent");
  catalog_table& child = table_in(database, "child");
  for (const char* name : {"a", "b"}) column_in(child, name).nullable = false;
  child.indexes.back().columns = {"b", "a"};
  key.name = "fk_child_a_b";
  key.columns = key.target_columns = {"a", "b"};
  return database;
}

}  // namespace nava::test
