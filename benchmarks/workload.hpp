// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

#include "benchmarks/options.hpp"
#include "benchmarks/report.hpp"

namespace nava::benchmarks {

/// Something that is measured: one file in workloads/ and one line in workloads/all.cpp.
struct workload {
  std::string_view name;
  std::string_view summary;                  ///< for --help
  std::vector<std::string_view> contenders;  ///< the first is what the others are compared with
  std::vector<option> uses;                  ///< beside those that all workloads have
  options defaults;
  /// Nava's tables are there and hold no workflow; what is left in them is removed afterwards.
  void (*run)(const options& given, report& out);
};

/// In the order in which they are listed.
[[nodiscard]] const std::vector<workload>& all_workloads();

}  // namespace nava::benchmarks
