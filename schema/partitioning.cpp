// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/partitioning.hpp>
#include <nava/schema/workflow_database.hpp>

#include "schema/ddl_parts.hpp"

namespace nava::schema {

// Here rather than in the header, where every file that includes it would check all rules again.
static_assert(workflow_database<>::description.tables.size() == tables_of_nava);

namespace {

bool is_partitioned(const table_description& table) {
  const auto& ours = workflow_database<>::description.tables;
  return !is_kept_whole(table.name) && !distribution_column(table).empty() &&
         std::any_of(ours.begin(), ours.end(),
                     [&](const table_description& each) { return each.name == table.name; });
}

constexpr std::string_view key_table_column = "workflow_id";

}  // namespace

partitioned_schema::partitioned_schema(const database_description& plain) {
  for (const auto& table : plain.tables)
    if (is_partitioned(table))
      partition(table);
    else
      tables_.push_back(table);
}

std::string_view partitioned_schema::keep(std::string text) {
  return texts_.emplace_back(std::move(text));
}

name_list partitioned_schema::keep(std::vector<std::string_view> names) {
  return names_.emplace_back(std::move(names));
}

void partitioned_schema::partition(const table_description& table) {
  auto& indexes = indexes_.emplace_back(table.indexes.begin(), table.indexes.end());
  std::erase_if(indexes, [&](const auto& index) { return becomes_a_table(table, index); });
  tables_.push_back(table);
  tables_.back().indexes = indexes;
  tables_.back().partition_column = distribution_column(table);
  for (const auto& index : table.indexes)
    if (becomes_a_table(table, index)) add_key_table(table, index);
}

// The second key allows one claim for each workflow, so that of two rivals for an id the later one
// inserts nothing. It also covers the foreign key.
void partitioned_schema::add_key_table(const table_description& root,
                                       const index_description& key) {
  const std::string_view name = key_table_name(key);
  auto& columns = columns_.emplace_back();
  std::copy_if(root.columns.begin(), root.columns.end(), std::back_inserter(columns),
               [&](const column_description& column) {
                 return std::find(key.columns.begin(), key.columns.end(), column.name) !=
                        key.columns.end();
               });
  columns.push_back({key_table_column, column_type::uuid, false, {}});
  const name_list workflow = keep(std::vector{key_table_column});
  using enum index_description::kind;
  auto& indexes = indexes_.emplace_back();
  indexes.push_back({primary_key, keep(fmt::format("pk_{}", name)), key.columns, {}});
  indexes.push_back({unique, keep(fmt::format("uq_{}_{}", name, key_table_column)), workflow, {}});
  auto& keys = foreign_keys_.emplace_back();
  keys.push_back({keep(fmt::format("fk_{}_{}", name, key_table_column)), workflow, root.name,
                  root.primary_key().columns, referential_action::cascade,
                  referential_action::cascade});
  // Its rows are not updated, unlike those of workflow, so inserts fill its pages.
  table_description table{name, columns, indexes, keys, {}};
  table.storage = root.storage;
  tables_.push_back(table);
}

std::string default_partition(std::string_view table) { return fmt::format("{}_default", table); }

std::string create_partition(const table_description& table, std::string_view name,
                             std::string_view bounds, std::string_view place) {
  return fmt::format("CREATE TABLE {0}{1} PARTITION OF {0}{2} {3}{4};", place, quoted(name),
                     quoted(table.name), bounds, storage_options(table));
}

}  // namespace nava::schema
