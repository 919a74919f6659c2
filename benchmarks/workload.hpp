// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/database_url.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nava::benchmarks {

class report;

/// What a run can be told. A workload accepts those that it uses and sets their defaults.
struct options {
  persistence::database_url url{"sqlite::memory:"};
  std::string schema = "nava_bench";  ///< PostgreSQL; siblings of it hold other layouts
  std::int64_t workflows = 2000;      ///< loaded before the first round
  std::int64_t operations = 500;      ///< per contender and round
  std::int64_t warm_up = 20;          ///< operations of each contender discarded per round
  std::int64_t events = 100'000;      ///< delivered in all rounds together
  std::int64_t batch = 1000;          ///< workflows that one DELETE of a purge takes
  std::int64_t connections = 2;       ///< that commit at the same time
  double seconds = 5;                 ///< of a slice, or that a slow contender gets in a round
  std::int64_t rounds = 5;
  std::vector<std::string> contenders{};  ///< to run; empty: all

  [[nodiscard]] bool on_postgresql() const {
    return url.backend() == persistence::backend::postgresql;
  }
  [[nodiscard]] bool wants(std::string_view contender) const;
  /// Throws std::runtime_error where a run would delete more workflows than are loaded.
  void expect_workflows(std::int64_t deleted) const;
};

/// Of ids and orders, so that every run has the same ones.
inline constexpr std::uint64_t seed = 1;

/// The options that not every workload uses.
enum class option {
  workflows,
  operations,
  warm_up,
  events,
  batch,
  connections,
  seconds,
  contenders
};

/// What is measured: a function in workloads/ and a line in workloads/all.cpp.
struct workload {
  std::string_view name;
  std::string_view summary;                  ///< for --help
  std::vector<std::string_view> contenders;  ///< the first is what the others are compared with
  std::vector<option> uses;                  ///< beside those that all workloads have
  options defaults;
  /// Nava's tables exist and are empty; the caller drops them afterwards.
  void (*run)(const options& given, report& out);
};

/// In the order in which they are listed.
[[nodiscard]] const std::vector<workload>& all_workloads();

}  // namespace nava::benchmarks
