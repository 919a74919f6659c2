// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "benchmarks/run_report.hpp"
#include "benchmarks/scratch.hpp"

namespace nava::benchmarks {

/// Nava's partitioned tables in the schema `{schema}_{name}`: partitions in the past, each full of
/// as many finished workflows. PostgreSQL.
class aged_partitions : public scratch {
 public:
  aged_partitions(const options& given, std::string_view name, std::int64_t partitions,
                  std::int64_t workflows_each, report& out);

  /// Drops the oldest that is left, by a call of maintain_partitions. Throws std::runtime_error
  /// where that dropped another or none.
  void drop_oldest();

 private:
  [[nodiscard]] timestamp start_of(std::int64_t partition) const;

  persistence::database_url url_;
  std::int64_t workflows_each_;
  timestamp begin_;
  std::int64_t dropped_ = 0;
};

}  // namespace nava::benchmarks
