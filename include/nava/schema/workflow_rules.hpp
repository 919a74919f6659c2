// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/rules.hpp>

/// The rules for tables that join the workflow family, and those for a database that is
/// distributed by workflow. All functions take the plain description and can run at compile time.
namespace nava::schema {

inline constexpr std::string_view root_table = "workflow";

/// The key by which the rows of a table die with a workflow; null where the table has none.
[[nodiscard]] constexpr const foreign_key_description* family_key(const table_description& table) {
  for (const auto& key : table.foreign_keys)
    if (key.target_table == root_table && key.on_delete == referential_action::cascade) return &key;
  return nullptr;
}

/// The column that rows are distributed by: the id of the workflow. Empty for a table outside the
/// family, which stands on every node as a whole (a reference table).
[[nodiscard]] constexpr std::string_view distribution_column(const table_description& table) {
  if (table.name == root_table) return table.primary_key().columns.front();
  const auto* key = family_key(table);
  return key == nullptr ? std::string_view{} : key->columns.front();
}

/// Whether a unique key of the root lacks its id, so that no node could enforce it: distributed,
/// it becomes a table of its own.
[[nodiscard]] constexpr bool becomes_a_table(const table_description& table,
                                             const index_description& index) {
  return table.name == root_table && index.what == index_description::kind::unique &&
         index.where.empty() &&
         std::find(index.columns.begin(), index.columns.end(), distribution_column(table)) ==
             index.columns.end();
}

/// What that table is called: `uq_workflow_resource` becomes `workflow_resource`.
[[nodiscard]] constexpr std::string_view key_table_name(const index_description& key) {
  constexpr std::string_view prefix = "uq_";
  return key.name.starts_with(prefix) ? key.name.substr(prefix.size()) : key.name;
}

namespace rules {

template <fixed_string... KeyTableAndExpectedName>
struct key_to_workflow_is_not_named_fk_table_column {
  static_assert(sizeof...(KeyTableAndExpectedName) == 0,
                "a foreign key to workflow is called fk_{table}_{column}, the last name shown; "
                "workflow_foreign_key<&row::member> calls it so");
};
template <fixed_string... TableAndKey>
struct primary_key_does_not_begin_with_the_workflow_id {
  static_assert(sizeof...(TableAndKey) == 0,
                "the primary key of a table that dies with its workflow begins with the column of "
                "that foreign key, so that the rows of a workflow lie together");
};
template <fixed_string... UniqueKeyTableAndColumn>
struct unique_key_lacks_the_distribution_column {
  static_assert(sizeof...(UniqueKeyTableAndColumn) == 0,
                "no node sees all rows: let every unique key of a distributed table have the last "
                "column shown");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_lacks_the_distribution_column {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "the two rows may lie on two nodes: let a foreign key between distributed tables "
                "lead from the workflow's id to the workflow's id");
};
template <fixed_string... KeyTableAndTarget>
struct reference_table_refers_to_a_distributed_table {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a table outside the workflow family stands on every node and cannot refer to "
                "rows that lie on one: give it a workflow_foreign_key, or drop the key");
};

constexpr culprits misnamed_workflow_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys) {
      if (key.target_table != root_table) continue;
      short_text expected{"fk_"};
      expected.append(table.name);
      for (const auto& column : key.columns) expected.append("_").append(column);
      if (key.name != expected.view()) return {key.name, table.name, expected};
    }
  return {};
}

constexpr culprits scattered_workflow_rows(const database_description& database) {
  for (const auto& table : database.tables) {
    const auto* key = family_key(table);
    if (key != nullptr && !table.indexes.empty() &&
        !begins_with(table.primary_key().columns, key->columns))
      return {table.name, key->name};
  }
  return {};
}

constexpr culprits undistributable_unique_key(const database_description& database) {
  for (const auto& table : database.tables) {
    const auto column = distribution_column(table);
    if (column.empty()) continue;
    for (const auto& index : table.indexes)
      if (index.what != index_description::kind::index && !becomes_a_table(table, index) &&
          std::find(index.columns.begin(), index.columns.end(), column) == index.columns.end())
        return {index.name, table.name, column};
  }
  return {};
}

constexpr culprits table_in_place_of_a_key(const database_description& database) {
  for (const auto& root : database.tables)
    for (const auto& index : root.indexes)
      if (becomes_a_table(root, index))
        for (const auto& table : database.tables)
          if (table.name == key_table_name(index)) return {table.name, table.name};
  return {};
}

constexpr bool leads_between(const foreign_key_description& key, std::string_view from,
                             std::string_view to) {
  for (std::size_t i = 0; i < key.columns.size(); ++i)
    if (key.columns[i] == from && key.target_columns[i] == to) return true;
  return false;
}

/// Calls `search(table, key, target)` for every foreign key until one finds something.
template <class Search>
constexpr culprits first_in_keys(const database_description& database, Search search) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& target : database.tables)
        if (target.name == key.target_table)
          if (const culprits found = search(table, key, target); !found.empty()) return found;
  return {};
}

constexpr culprits undistributable_foreign_key(const database_description& database) {
  return first_in_keys(database,
                       [](const auto& table, const auto& key, const auto& target) -> culprits {
                         const auto from = distribution_column(table);
                         const auto to = distribution_column(target);
                         if (from.empty() || to.empty() || leads_between(key, from, to)) return {};
                         return {key.name, table.name, target.name};
                       });
}

constexpr culprits key_of_reference_table(const database_description& database) {
  return first_in_keys(
      database, [](const auto& table, const auto& key, const auto& target) -> culprits {
        if (!distribution_column(table).empty() || distribution_column(target).empty()) return {};
        return {key.name, table.name, target.name};
      });
}

}  // namespace rules

/// What keeps a schema from being distributed by workflow; none where nothing does.
[[nodiscard]] constexpr rules::culprits undistributable(const database_description& database) {
  for (auto* search : {rules::undistributable_unique_key, rules::undistributable_foreign_key,
                       rules::key_of_reference_table, rules::table_in_place_of_a_key})
    if (const auto found = search(database); !found.empty()) return found;
  return {};
}

}  // namespace nava::schema
