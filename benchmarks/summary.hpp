// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/types.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nava::benchmarks {

/// A figure that Nava has promised, and the smallest run that tests it. A smaller run shows the
/// figure without a verdict.
struct goal {
  enum class side { at_most, at_least };
  struct extent {
    std::int64_t workflows = 0;
    std::int64_t events = 0;
    std::int64_t samples = 0;  ///< of each contender that the figure is of, in each round
  };

  std::string_view workload;  ///< `microbench`: a benchmark of nava_microbench
  persistence::backend database{};
  std::string_view figure;
  side bound{};
  double value = 0;
  extent least{};

  [[nodiscard]] bool met_by(double found) const {
    return bound == side::at_most ? found <= value : found >= value;
  }
};
[[nodiscard]] std::span<const goal> goals();

/// Memory without a database; the figure is the name of the benchmark.
inline constexpr std::string_view microbench = "microbench";
inline constexpr std::string_view pages_of_a_delete = "pages touched by one delete";
/// From the least to the most workflows that a summary knows of.
inline constexpr std::string_view growth_of_pages = "pages touched by one delete, 200000 / 2000";

/// What several runs have reached, from their JSON and that of nava_microbench: a table of all
/// figures that have a goal, the growth of the pages that a delete touches from 2,000 to 200,000
/// workflows, and the goals that were not measured.
[[nodiscard]] std::string summary_of(const std::vector<json::value>& reports);

/// The same of files. Throws std::runtime_error for a file that is no report.
[[nodiscard]] std::string summary_of_files(const std::vector<std::string>& files);

}  // namespace nava::benchmarks
