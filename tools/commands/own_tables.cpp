// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/own_tables.hpp"

#include <algorithm>
#include <nava/inspection/read_catalog.hpp>
#include <nava/schema/ascii_case.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/workflow/error.hpp>

namespace nava::tools {
namespace {

using inspection::catalog_column;
using inspection::catalog_table;

// Empty where no key of the table deletes its rows with the workflow.
std::string_view key_to_workflow(const catalog_table& table) {
  for (const auto& key : table.foreign_keys)
    if (key.target_schema == table.schema && key.target_table == "workflow" &&
        key.target_columns == std::vector<std::string>{"_id"} &&
        key.on_delete == schema::referential_action::cascade)
      return key.columns.front();
  return {};
}

// The partitioned layout has tables besides.
bool is_of_nava(std::string_view name) {
  for (const auto& table : schema::workflow_database<>::description.tables) {
    if (table.name == name) return true;
    for (const auto& index : table.indexes)
      if (schema::becomes_a_table(table, index) && schema::key_table_name(index) == name)
        return true;
  }
  return false;
}

// How the values of a column are read as JSON, by the type that the database names. PostgreSQL
// makes JSON of all types by itself; only texts are sorted in another way.
schema::column_type type_of(const catalog_column& column, schema::dialect dialect) {
  const std::string type =
      schema::in_lower_case(column.base_type.empty() ? column.type : column.base_type);
  if (dialect == schema::dialect::sqlite)
    return type == "blob" ? schema::column_type::bytes : schema::column_type::text;
  return type == "text" || type.starts_with("character") ? schema::column_type::text
                                                         : schema::column_type::bigint;
}

}  // namespace

own_tables::own_tables(const persistence::database_url& url)
    : catalog_(inspection::read_catalog(url)) {
  for (const catalog_table& table : catalog_.tables)
    if (const std::string_view key = key_to_workflow(table);
        !key.empty() && !is_of_nava(table.name))
      add(table, key);
}

void own_tables::add(const catalog_table& table, std::string_view key) {
  own_table& own = tables_.emplace_back();
  own.key = key;
  for (const catalog_column& column : table.columns) {
    schema::column_description& described = own.columns.emplace_back();
    described.name = column.name;
    described.type =
        column.name == key ? schema::column_type::uuid : type_of(column, catalog_.what);
    described.nullable = true;
  }
  for (const auto& index : table.indexes)
    if (index.what == inspection::catalog_index::kind::primary_key)
      own.primary_key.assign(index.columns.begin(), index.columns.end());
  if (own.primary_key.empty()) own.primary_key.push_back(key);
  own.index = {.what = schema::index_description::kind::primary_key,
               .name = {},
               .columns = own.primary_key,
               .where = {}};
  own.description = {.name = table.name,
                     .columns = own.columns,
                     .indexes = {&own.index, 1},
                     .foreign_keys = {},
                     .relationships = {}};
}

std::vector<own_tables::rows> own_tables::rows_of(persistence::store& store,
                                                  const uuid& workflow_id) const {
  std::vector<rows> all;
  for (const own_table& own : tables_) {
    rows of_table;
    of_table.table = own.description.name;
    for (const auto& column : own.columns)
      if (column.name != own.key) of_table.columns.push_back(column.name);
    try {
      of_table.rows = store.related_rows(
          {.target = &own.description, .key = {&own.key, 1}, .sort = {}, .limit = rows_max},
          {json::array{schema::to_text(workflow_id)}});
      of_table.are_more = of_table.rows.size() > rows_max;
      if (of_table.are_more) of_table.rows.pop_back();
      for (json::object& row : of_table.rows) row.erase(own.key);
    } catch (const error& failure) {
      // A role may read the tables of Nava and not those of an application.
      of_table.failure = failure.what();
    }
    if (!of_table.rows.empty() || !of_table.failure.empty()) all.push_back(std::move(of_table));
  }
  return all;
}

}  // namespace nava::tools
