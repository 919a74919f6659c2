// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/finished.hpp>
#include <nava/persistence/layout.hpp>
#include <string>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {

/// Nava's partitioned tables in the schema `{schema}_partitioned`: partitions in the past, each
/// full of as many finished workflows. Dropped by the destructor unless they are to be kept. The
/// constructor throws std::runtime_error where there is such a schema already. PostgreSQL.
class partitioned_tables {
 public:
  partitioned_tables(const options& given, int partitions, std::int64_t workflows_each,
                     report& out);
  partitioned_tables(const partitioned_tables&) = delete;
  partitioned_tables& operator=(const partitioned_tables&) = delete;
  ~partitioned_tables();

  [[nodiscard]] const std::string& schema() const { return schema_; }

  /// Where a purge begins that is to leave this partition, from 0, and those before it.
  [[nodiscard]] persistence::purge_cursor end_of(int partition) const;

  /// Drops the oldest that is left, by a call of maintain_partitions; throws std::runtime_error
  /// where that dropped another or none.
  void drop_oldest();

 private:
  void make(int partitions) const;
  void fill(int partitions, report& out) const;
  void drop() const;
  [[nodiscard]] timestamp start_of(int partition) const;

  options given_;
  std::string schema_;
  std::int64_t workflows_each_;
  timestamp begin_;
  int dropped_ = 0;
};

}  // namespace nava::benchmarks
