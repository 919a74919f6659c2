// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <nava/export.hpp>
#include <nava/schema/description.hpp>
#include <string>
#include <string_view>
#include <vector>

/// The partitioned layout of PostgreSQL. All workflow tables but the agenda and the worklist are
/// range-partitioned by the id of the workflow. The id begins with a time, so that dropping a
/// partition drops old workflows.
namespace nava::schema {

/// A schema in the partitioned layout. Tables of an application stay as they are. No partitioned
/// table can have a unique key without the id. Such a key of `workflow` becomes a table of its own,
/// whose rows are deleted with the workflow: `uq_workflow_resource` becomes `workflow_resource`.
///
/// Const use from several threads is safe.
class NAVA_EXPORT partitioned_schema {
 public:
  /// Describes the tables of `plain` in the partitioned layout. `plain` must outlive this object.
  explicit partitioned_schema(const database_description& plain);
  partitioned_schema(const partitioned_schema&) = delete;
  partitioned_schema& operator=(const partitioned_schema&) = delete;

  /// Returns the schema. The description refers to this object.
  [[nodiscard]] database_description description() const { return {tables_}; }

 private:
  std::string_view keep(std::string text);
  name_list keep(std::vector<std::string_view> names);
  void partition(const table_description& table);
  void add_key_table(const table_description& root, const index_description& key);

  // The descriptions refer to elements, which stay where they are when a deque grows.
  std::deque<std::string> texts_;
  std::deque<std::vector<std::string_view>> names_;
  std::deque<std::vector<column_description>> columns_;
  std::deque<std::vector<index_description>> indexes_;
  std::deque<std::vector<foreign_key_description>> foreign_keys_;
  std::vector<table_description> tables_;
};

/// Returns the name of the partition for rows that no other partition takes. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::string default_partition(std::string_view table);

/// Returns `CREATE TABLE … PARTITION OF …;` with the storage that is described for `table`.
/// `bounds` is `DEFAULT` or `FOR VALUES FROM ('…') TO ('…')`. `place` is the quoted database schema
/// with its dot, or empty. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::string create_partition(const table_description& table,
                                                       std::string_view name,
                                                       std::string_view bounds,
                                                       std::string_view place = {});

}  // namespace nava::schema
