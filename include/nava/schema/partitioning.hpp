// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <nava/schema/description.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The partitioned layout, on PostgreSQL: the nine tables of a workflow are range-partitioned by
/// its id, which is a time, so that old workflows go with their partitions.
namespace nava::schema {

/// A schema in that layout. Tables of an application stay as they are. A unique key of `workflow`
/// that lacks its id, which no partitioned table can have, becomes a table of its own, which dies
/// with the workflow: `uq_workflow_resource` becomes `workflow_resource`.
class partitioned_schema {
 public:
  explicit partitioned_schema(const database_description& plain);
  partitioned_schema(const partitioned_schema&) = delete;
  partitioned_schema& operator=(const partitioned_schema&) = delete;

  /// Refers to this object.
  [[nodiscard]] database_description description() const { return {tables_}; }

 private:
  std::string_view keep(std::string text);
  name_list keep(std::vector<std::string_view> names);
  void partition(const table_description& table);
  void add_key_table(const table_description& root, const index_description& key);

  // What the descriptions refer to stays where it is when a deque grows.
  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> names_;
  std::deque<std::vector<column_description>> columns_;
  std::deque<std::vector<index_description>> indexes_;
  std::deque<std::vector<foreign_key_description>> foreign_keys_;
  std::vector<table_description> tables_;
};

/// The partition for the rows that no other takes.
[[nodiscard]] std::string default_partition(std::string_view table);

/// `CREATE TABLE … PARTITION OF …;` with the storage that is described for `table`. `bounds` is
/// what follows: `DEFAULT`, or `FOR VALUES FROM ('…') TO ('…')`. `place` is the quoted database
/// schema with its dot, or empty.
[[nodiscard]] std::string create_partition(const table_description& table, std::string_view name,
                                           std::string_view bounds, std::string_view place = {});

}  // namespace nava::schema
