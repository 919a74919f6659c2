// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/key_graph.hpp>
#include <nava/schema/name_rules.hpp>
#include <nava/schema/value_rules.hpp>

/// The searches for broken rules of columns, keys, indexes and actions. Each returns the first
/// offender in the order of declaration. Pure functions; safe to call from any thread.
namespace nava::schema::rules {

constexpr culprits repeated_column_of_a_key(const database_description& database) {
  for (const auto& table : database.tables) {
    for (const auto& index : table.indexes)
      if (const auto column = repeated({index.columns.begin(), index.columns.end()});
          !column.empty())
        return {index.name, table.name, column};
    for (const auto& key : table.foreign_keys)
      if (const auto column = repeated({key.columns.begin(), key.columns.end()}); !column.empty())
        return {key.name, table.name, column};
  }
  return {};
}

constexpr culprits missing_primary_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (std::size_t i = 0; i == 0 || i < table.indexes.size(); ++i)
      if (table.indexes.empty() ||
          (table.indexes[i].what == index_description::kind::primary_key) != (i == 0))
        return {table.name};
  return {};
}

constexpr bool begins_with(name_list columns, name_list beginning) {
  return columns.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), columns.begin());
}

constexpr bool are_the_same_columns(name_list some, name_list others) {
  return some.size() == others.size() &&
         std::is_permutation(some.begin(), some.end(), others.begin());
}

constexpr bool asks_for_column(std::string_view name, name_list columns) {
  if (name.size() > 1 && name.front() == '"' && name.back() == '"')
    name = name.substr(1, name.size() - 2);
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

/// Whether `condition` holds for every row that refers to another row by `columns`. It does where
/// it only says that one of the columns is not NULL.
constexpr bool asks_for_one_of(std::string_view condition, name_list columns) {
  for (const std::string_view is_not_null : {" IS NOT NULL", " is not null"})
    if (condition.ends_with(is_not_null)) {
      condition.remove_suffix(is_not_null.size());
      return asks_for_column(condition, columns);
    }
  return false;
}

constexpr bool covers(const index_description& index, const foreign_key_description& key) {
  return index.columns.size() >= key.columns.size() &&
         are_the_same_columns(index.columns.first(key.columns.size()), key.columns) &&
         (index.where.empty() || asks_for_one_of(index.where, key.columns));
}

constexpr culprits uncovered_foreign_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      if (std::none_of(table.indexes.begin(), table.indexes.end(),
                       [&](const auto& index) { return covers(index, key); }))
        return {key.name, table.name};
  return {};
}

constexpr culprits foreign_key_without_target_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& target : database.tables) {
        if (target.name != key.target_table) continue;
        bool found = false;
        for (const auto& index : target.indexes)
          found = found ||
                  (is_constraint(index) && are_the_same_columns(index.columns, key.target_columns));
        if (!found) return {key.name, table.name, target.name};
      }
  return {};
}

constexpr const column_description* find_column(const table_description& table,
                                                std::string_view name) {
  for (const auto& column : table.columns)
    if (column.name == name) return &column;
  return nullptr;
}

constexpr bool is_nullable(const table_description& table, std::string_view column) {
  const auto* found = find_column(table, column);
  return found != nullptr && found->nullable;
}

constexpr culprits nullable_primary_key(const database_description& database) {
  for (const auto& table : database.tables)
    if (!table.indexes.empty())
      for (const auto& column : table.primary_key().columns)
        if (is_nullable(table, column)) return {column, table.name};
  return {};
}

constexpr culprits nullable_target(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& target : database.tables)
        if (target.name == key.target_table)
          for (const auto& column : key.target_columns)
            if (is_nullable(target, column)) return {key.name, table.name, target.name, column};
  return {};
}

constexpr culprits half_checked_foreign_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      if (std::count_if(key.columns.begin(), key.columns.end(),
                        [&](std::string_view column) { return is_nullable(table, column); }) > 1)
        return {key.name, table.name};
  return {};
}

/// Whether equal values of the column may be written in several ways.
constexpr bool has_several_forms(const column_description& column) {
  return column.type == column_type::json || column.type == column_type::text_array;
}

constexpr culprits inexact_foreign_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& name : key.columns)
        if (const auto* column = find_column(table, name);
            column != nullptr && (column->type == column_type::real || has_several_forms(*column)))
          return {key.name, table.name, name};
  return {};
}

constexpr bool is_set_by_delete(const foreign_key_description& key, std::string_view column) {
  const auto& set = key.set_columns;
  return set.empty() || std::find(set.begin(), set.end(), column) != set.end();
}

constexpr culprits set_null_on_not_null(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& column : key.columns)
        if ((key.on_update == referential_action::set_null ||
             (key.on_delete == referential_action::set_null && is_set_by_delete(key, column))) &&
            !is_nullable(table, column))
          return {key.name, table.name, column};
  return {};
}

constexpr culprits set_null_beside_the_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys) {
      for (const auto& column : key.set_columns)
        if (std::find(key.columns.begin(), key.columns.end(), column) == key.columns.end())
          return {key.name, table.name, column};
      if (const auto column = repeated({key.set_columns.begin(), key.set_columns.end()});
          !column.empty())
        return {key.name, table.name, column};
    }
  return {};
}

constexpr culprits several_forms_in_a_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& index : table.indexes)
      if (index.what != index_description::kind::index)
        for (const auto& name : index.columns)
          if (const auto* column = find_column(table, name);
              column != nullptr && has_several_forms(*column))
            return {index.name, table.name, name};
  return {};
}

constexpr culprits default_of_no_value(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& column : table.columns)
      if (column.default_value && !is_value_text(column, *column.default_value))
        return {*column.default_value, column.name, table.name};
  return {};
}

constexpr culprits identity_beside_the_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& column : table.columns)
      if (column.identity && (column.type != column_type::bigint || column.default_value ||
                              table.indexes.empty() || table.primary_key().columns.size() != 1 ||
                              table.primary_key().columns.front() != column.name))
        return {column.name, table.name};
  return {};
}

constexpr culprits too_wide_key(const database_description& database) {
  constexpr std::size_t columns_max = 32;
  for (const auto& table : database.tables) {
    for (const auto& index : table.indexes)
      if (index.columns.size() > columns_max) return {index.name, table.name};
    for (const auto& key : table.foreign_keys)
      if (key.columns.size() > columns_max) return {key.name, table.name};
  }
  return {};
}

/// Looks at keys only. An index on the columns of a key is a waste, which lint reports.
constexpr culprits keys_alike(const database_description& database) {
  for (const auto& table : database.tables)
    for (std::size_t i = 0; i < table.indexes.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (const auto& one = table.indexes[j], &other = table.indexes[i];
            is_constraint(one) && is_constraint(other) &&
            std::equal(one.columns.begin(), one.columns.end(), other.columns.begin(),
                       other.columns.end()))
          return {one.name, other.name, table.name};
  return {};
}

constexpr culprits key_to_itself(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      if (key.target_table == table.name &&
          std::equal(key.columns.begin(), key.columns.end(), key.target_columns.begin(),
                     key.target_columns.end()))
        return {key.name, table.name};
  return {};
}

constexpr culprits keys_of_the_same_columns(const database_description& database) {
  for (const auto& table : database.tables)
    for (std::size_t i = 0; i < table.foreign_keys.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (are_the_same_columns(table.foreign_keys[i].columns, table.foreign_keys[j].columns))
          return {table.foreign_keys[j].name, table.foreign_keys[i].name, table.name};
  return {};
}

constexpr culprits cycle_of_required_keys(const database_description& database) {
  const key_graph required{
      database, [](const auto& table, const auto& key) {
        return key.checked != enforcement::deferred &&
               std::none_of(key.columns.begin(), key.columns.end(),
                            [&](std::string_view column) { return is_nullable(table, column); });
      }};
  for (std::size_t i = 0; i < database.tables.size(); ++i) {
    culprits cycle;
    for (const key_edge& each : required.way(i, i)) {
      cycle.add(each.key->name);
      cycle.add(database.tables[each.from].name);
    }
    if (!cycle.empty()) return cycle;
  }
  return {};
}

/// A key with ON DELETE RESTRICT between two tables that one delete reaches by cascade.
constexpr culprits restrict_beside_a_delete(const database_description& database) {
  const key_graph restricted{database, referential_action::restrict};
  if (restricted.edges().empty()) return {};
  const key_graph cascades{database, referential_action::cascade};
  for (std::size_t root = 0; root < database.tables.size(); ++root) {
    const auto deleted = cascades.leading_to(root);
    const bool reaches_itself =
        std::any_of(cascades.edges().begin(), cascades.edges().end(),
                    [&](const key_edge& each) { return each.from == root && deleted[each.to]; });
    for (const key_edge& each : restricted.edges()) {
      // A key of a table to itself, where nothing cascades, restricts as it says.
      const bool stands_alone = each.from == root && each.to == root && !reaches_itself;
      if (deleted[each.from] && deleted[each.to] && !stands_alone)
        return {each.key->name, database.tables[each.from].name, database.tables[each.to].name};
    }
  }
  return {};
}

}  // namespace nava::schema::rules
