// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/schema/types.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/connection/connection.hpp"
#include "persistence/postgresql/partitions/partition_tables.hpp"

/// What the upkeep of partitions says to a server: statements, and scripts of several. Names of
/// partitions and tables are quoted with their schemas.
namespace nava::persistence::postgresql {

/// schema -> schema, table and column of the foreign keys that lead to a workflow from tables that
/// are not partitioned, such as an application's; `1` where rows die with it; `1` where we may lock
/// the table.
extern const statement keys_from_other_tables;

/// schema -> schema, table and name of the foreign keys that lead to a child of workflow; the
/// child.
extern const statement keys_to_children;

/// -> workflows in a partition of workflow, those that are not finished, those that finished after
/// `cutoff`
[[nodiscard]] statement count_workflows(std::string_view partition, timestamp cutoff);

/// Begins a transaction that waits `lock_wait` for a lock. Before that it waits `vacuum_wait` for
/// autovacuum to leave `tables`.
[[nodiscard]] std::string begin_script(const std::vector<std::string>& tables,
                                       std::chrono::milliseconds vacuum_wait,
                                       std::chrono::milliseconds lock_wait);

/// Locks the partitioned tables, without their partitions.
[[nodiscard]] std::string lock_parents_script(std::string_view schema);
[[nodiscard]] std::string lock_partitions_script(const std::vector<std::string>& partitions);

/// Drops partitions of children, then makes the session look up rows by indexes alone.
[[nodiscard]] std::string drop_children_script(const std::vector<std::string>& partitions);

/// Deletes the rows whose `column` is an id of `ids`.
[[nodiscard]] std::string delete_script(std::string_view schema, std::string_view table,
                                        std::string_view column, const id_range& ids);

/// How the server finds out, before it detaches a partition of workflow, that no row refers to it.
[[nodiscard]] std::string look_by_walking_script();
[[nodiscard]] std::string look_one_by_one_script();

[[nodiscard]] std::string drop_workflows_script(std::string_view schema,
                                                std::string_view partition);

}  // namespace nava::persistence::postgresql
