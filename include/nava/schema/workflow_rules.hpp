// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/key_rules.hpp>

/// The searches for broken rules of tables that join the workflow family, and of a database that is
/// distributed by workflow. The family is `workflow` and all tables whose rows are deleted with it.
/// Pure functions over the plain description, which can run at compile time; safe to call from any
/// thread.
namespace nava::schema {

inline constexpr std::string_view root_table = "workflow";

/// The number of tables at the front of a workflow_database: the eleven workflow tables, the
/// slots, the rates, the tombstones, the inbox and the table of definitions.
inline constexpr std::size_t tables_of_nava = 16;

/// Returns whether a workflow table stays whole in the partitioned layout. Such tables are small,
/// since they hold what is open alone, and are asked in an order that no partition has by itself:
/// what is due first.
[[nodiscard]] constexpr bool is_kept_whole(std::string_view table) {
  return table == "workflow_agenda" || table == "workflow_worklist";
}

/// Returns the key by which the rows of a table are deleted with a workflow; null where the table
/// has none. Of several keys it is the one that the primary key begins with.
[[nodiscard]] constexpr const foreign_key_description* family_key(const table_description& table) {
  const foreign_key_description* found = nullptr;
  for (const auto& key : table.foreign_keys) {
    if (key.target_table != root_table || key.on_delete != referential_action::cascade) continue;
    if (!table.indexes.empty() && rules::begins_with(table.primary_key().columns, key.columns))
      return &key;
    if (found == nullptr) found = &key;
  }
  return found;
}

/// Returns the column by which rows are distributed: the id of the workflow. Empty for a table
/// outside the family, which is a reference table: every node has all its rows.
[[nodiscard]] constexpr std::string_view distribution_column(const table_description& table) {
  if (table.name == root_table) return table.primary_key().columns.front();
  const auto* key = family_key(table);
  return key == nullptr ? std::string_view{} : key->columns.front();
}

/// Returns whether a unique key of `workflow` lacks its id. No node could enforce such a key; it
/// becomes a table of its own where the database is distributed.
[[nodiscard]] constexpr bool becomes_a_table(const table_description& table,
                                             const index_description& index) {
  return table.name == root_table && index.what == index_description::kind::unique &&
         index.where.empty() &&
         std::find(index.columns.begin(), index.columns.end(), distribution_column(table)) ==
             index.columns.end();
}

/// Returns the name of the table that such a key becomes: `workflow_resource` for
/// `uq_workflow_resource`.
[[nodiscard]] constexpr std::string_view key_table_name(const index_description& key) {
  constexpr std::string_view prefix = "uq_";
  return key.name.starts_with(prefix) ? key.name.substr(prefix.size()) : key.name;
}

namespace rules {

constexpr culprits misnamed_workflow_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys) {
      if (key.target_table != root_table) continue;
      const short_text expected = conventional_name(table, key);
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

/// For each table, whether its rows are deleted with a workflow.
constexpr std::vector<char> family_of(const database_description& database) {
  for (std::size_t i = 0; i < database.tables.size(); ++i)
    if (database.tables[i].name == root_table)
      return key_graph{database, referential_action::cascade}.leading_to(i);
  return std::vector<char>(database.tables.size(), false);
}

/// The column with the id of the workflow with which the rows of a table are deleted. Empty where
/// there may be several workflows, or where a key does not lead by the id.
constexpr std::string_view column_of_workflow(const database_description& database,
                                              const std::vector<key_edge>& cascades, std::size_t at,
                                              std::size_t depth = 0) {
  const auto& table = database.tables[at];
  if (table.name == root_table) return table.primary_key().columns.front();
  if (depth > database.tables.size()) return {};
  std::string_view found;
  for (const key_edge& each : cascades) {
    if (each.from != at || each.to == at) continue;
    const auto there = column_of_workflow(database, cascades, each.to, depth + 1);
    std::string_view here;
    for (std::size_t i = 0; i < each.key->columns.size(); ++i)
      if (each.key->target_columns[i] == there) here = each.key->columns[i];
    if (here.empty() || (!found.empty() && found != here)) return {};
    found = here;
  }
  for (const key_edge& each : cascades)
    if (each.from == at && each.to == at && !leads_between(*each.key, found, found)) return {};
  return found;
}

/// A NO ACTION key from a row that is deleted with the same workflow keeps nothing: both databases
/// check it at the end of the statement.
constexpr culprits key_that_keeps_a_workflow(const database_description& database) {
  const auto family = family_of(database);
  auto within = key_graph{database, referential_action::cascade}.edges();
  within.erase(std::remove_if(within.begin(), within.end(),
                              [&](const key_edge& each) { return !family[each.to]; }),
               within.end());
  const auto dies_with_its_target = [&](const key_edge& each) {
    const auto from = column_of_workflow(database, within, each.from);
    const auto to = column_of_workflow(database, within, each.to);
    return !from.empty() && !to.empty() && leads_between(*each.key, from, to);
  };
  const auto refuse = [&](const key_edge& each) -> culprits {
    return {each.key->name, database.tables[each.from].name, database.tables[each.to].name};
  };
  const key_graph restricting{database, referential_action::restrict};
  for (const key_edge& each : restricting.edges())
    if (family[each.to]) return refuse(each);
  const key_graph checking{database, referential_action::no_action};
  for (const key_edge& each : checking.edges())
    if (family[each.to] && !(family[each.from] && dies_with_its_target(each))) return refuse(each);
  return {};
}

constexpr culprits late_key_into_the_family(const database_description& database) {
  const auto family = family_of(database);
  const key_graph late{
      database, [](const auto&, const auto& key) { return key.checked != enforcement::immediate; }};
  for (const key_edge& each : late.edges())
    if (family[each.to])
      return {each.key->name, database.tables[each.from].name, database.tables[each.to].name};
  return {};
}

constexpr culprits key_that_a_layout_lacks(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& target : database.tables)
        if (target.name == key.target_table && target.name == root_table &&
            !are_the_same_columns(key.target_columns, target.primary_key().columns))
          return {key.name, table.name, target.name};
  return {};
}

/// Whether a partition of the table may have the name: `{table}_default`, or `{table}_p` and
/// digits.
constexpr bool is_name_of_partition(std::string_view name, std::string_view table) {
  if (!name.starts_with(table)) return false;
  name.remove_prefix(table.size());
  return name == "_default" || (name.starts_with("_p") && name.size() > 2 &&
                                name.find_first_not_of("0123456789", 2) == name.npos);
}

/// Whether the name is taken by the table of a unique key of `workflow` in the partitioned layout,
/// or by an index of that table.
constexpr bool is_name_of_key_table(std::string_view name, std::string_view key_table) {
  if (const auto at = name.find(key_table); at == name.npos) return false;
  return name == key_table || name == short_text{"pk_"}.append(key_table).view() ||
         name == short_text{"uq_"}.append(key_table).append("_workflow_id").view();
}

constexpr culprits name_that_a_layout_takes(const database_description& database) {
  if (database.tables.size() < tables_of_nava) return {};  // refused already
  const auto own = database.tables.first(tables_of_nava);
  const auto taken_by = [&](std::string_view name) -> std::string_view {
    for (const auto& table : own) {
      if (is_name_of_partition(name, table.name)) return table.name;
      for (const auto& index : table.indexes)
        if (becomes_a_table(table, index) && is_name_of_key_table(name, key_table_name(index)))
          return key_table_name(index);
    }
    return {};
  };
  for (const auto& table : database.tables.subspan(tables_of_nava)) {
    auto names = names_of(table.indexes);
    names.push_back(table.name);
    for (const auto& name : names)
      if (const auto taken = taken_by(name); !taken.empty()) return {name, table.name, taken};
  }
  return {};
}

/// Calls `search(table, key, target)` for every foreign key until a search has culprits.
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

/// Returns what keeps a schema from being distributed by workflow; empty where nothing does.
[[nodiscard]] constexpr rules::culprits undistributable(const database_description& database) {
  for (auto* search : {rules::undistributable_unique_key, rules::undistributable_foreign_key,
                       rules::key_of_reference_table, rules::table_in_place_of_a_key})
    if (const auto found = search(database); !found.empty()) return found;
  return {};
}

}  // namespace nava::schema
