// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/layout.hpp>
#include <string>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {

/// Nava's partitioned tables in a schema of their own, `{schema}_{name}`: partitions in the past,
/// each full of as many finished workflows. Dropped by the destructor unless they are to be kept.
/// The constructor throws std::runtime_error where there is such a schema already. PostgreSQL.
class partitioned_tables {
 public:
  partitioned_tables(const options& given, std::string_view name, int partitions,
                     std::int64_t workflows_each, report& out);
  partitioned_tables(const partitioned_tables&) = delete;
  partitioned_tables& operator=(const partitioned_tables&) = delete;
  ~partitioned_tables();

  [[nodiscard]] const std::string& schema() const { return schema_; }

  /// Drops the oldest that is left, by a call of maintain_partitions; throws std::runtime_error
  /// where that dropped another or none.
  void drop_oldest();

 private:
  void make() const;
  void fill(report& out) const;
  void drop() const;
  [[nodiscard]] timestamp start_of(int partition) const;

  options given_;
  std::string schema_;
  int partitions_;
  std::int64_t workflows_each_;
  timestamp begin_;
  int dropped_ = 0;
};

}  // namespace nava::benchmarks
