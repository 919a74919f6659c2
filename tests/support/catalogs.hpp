// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/catalog.hpp>

namespace nava::test {

/// The catalog that a database would tell after create_statements() ran on it.
[[nodiscard]] inline schema::catalog catalog_of(const schema::database_description& described,
                                                schema::dialect dialect,
                                                const std::string& schema_name) {
  const auto texts = [](schema::name_list names) {
    return std::vector<std::string>{names.begin(), names.end()};
  };
  using kind = schema::catalog_index::kind;
  using described_kind = schema::index_description::kind;
  schema::catalog database{dialect, {}, true};
  for (const auto& table : described.tables) {
    schema::catalog_table made;
    made.schema = schema_name;
    made.name = table.name;
    for (const auto& column : table.columns)
      made.columns.push_back({std::string{column.name},
                              std::string{schema::type_name(column.type, dialect)},
                              column.nullable,
                              {},
                              {},
                              {}});
    for (const auto& index : table.indexes) {
      schema::catalog_index copy;
      copy.what = index.what == described_kind::primary_key ? kind::primary_key
                  : index.what == described_kind::index     ? kind::index
                  : index.where.empty()                     ? kind::unique_constraint
                                                            : kind::unique_index;
      copy.name = index.name;
      copy.columns = texts(index.columns);
      copy.where = index.where;
      made.indexes.push_back(std::move(copy));
    }
    for (const auto& key : table.foreign_keys) {
      schema::catalog_foreign_key copy;
      copy.name = key.name;
      copy.columns = texts(key.columns);
      copy.target_schema = schema_name;
      copy.target_table = key.target_table;
      copy.target_columns = texts(key.target_columns);
      copy.on_delete = key.on_delete;
      copy.on_update = key.on_update;
      made.foreign_keys.push_back(std::move(copy));
    }
    database.tables.push_back(std::move(made));
  }
  return database;
}

}  // namespace nava::test
