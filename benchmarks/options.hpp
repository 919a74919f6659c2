// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "benchmarks/rows.hpp"

namespace nava::benchmarks {

/// What a run can be told. A workload accepts those that it uses and sets their defaults.
struct options {
  persistence::database_url url{"sqlite::memory:"};
  std::string schema = "nava_bench";  ///< PostgreSQL; siblings of it hold other layouts
  std::int64_t workflows = 2000;      ///< loaded before the first round
  std::int64_t child_rows = 103;      ///< of a workflow, over all its tables
  std::int64_t operations = 500;      ///< per contender and round
  std::int64_t warm_up = 20;          ///< operations of each contender thrown away per round
  std::int64_t events = 100'000;      ///< delivered in all rounds together
  std::int64_t batch = 1000;          ///< workflows that one DELETE of a purge takes
  int connections = 2;                ///< that commit at the same time
  double seconds = 5;                 ///< of a slice, or that a slow contender gets in a round
  int rounds = 5;
  std::uint64_t seed = 1;
  std::vector<std::string> contenders{};  ///< to run; empty: all
  bool keep = false;                      ///< leave schemas, tables and rows behind
  bool json = false;
  std::string svg{};  ///< a file; empty: no chart

  [[nodiscard]] row_counts rows() const { return row_counts::scaled_to(child_rows); }
  [[nodiscard]] bool on_postgresql() const {
    return url.backend() == persistence::backend::postgresql;
  }
  [[nodiscard]] bool wants(std::string_view contender) const;
};

/// The options that not every workload uses.
enum class option {
  workflows,
  child_rows,
  operations,
  warm_up,
  events,
  batch,
  connections,
  seconds,
  contenders
};

}  // namespace nava::benchmarks
