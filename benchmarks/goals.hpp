// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <nava/persistence/database_url.hpp>
#include <span>
#include <string_view>

#include "benchmarks/report.hpp"

namespace nava::benchmarks {

/// How much is measured.
struct extent {
  std::int64_t workflows = 0;
  std::int64_t events = 0;
  std::size_t samples = 0;  ///< of each contender that the figure is of, in each round
};

/// A figure that Nava has promised. Where less was measured than the promise
/// speaks of, the figure is shown without a verdict.
struct goal {
  std::string_view workload;  ///< `microbench`: a benchmark of nava_microbench
  persistence::backend database{};
  std::string_view figure;
  target wanted;
  extent least{};
};

[[nodiscard]] std::span<const goal> goals();

/// What the figure of a run ought to be; nothing where no promise is about it. `of`: the contenders
/// that it is of; none: all.
[[nodiscard]] std::optional<target> target_of(const report& run, std::string_view figure,
                                              std::initializer_list<std::string_view> of = {});

/// Memory without a database; the figure is the name of the benchmark.
inline constexpr std::string_view microbench = "microbench";
/// From the least to the most workflows that a summary knows of.
inline constexpr std::string_view growth_of_pages = "pages touched by one delete, 200000 / 2000";
inline constexpr std::int64_t growth_from = 2000, growth_to = 200'000;

}  // namespace nava::benchmarks
