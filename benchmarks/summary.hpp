// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/types.hpp>
#include <string>
#include <vector>

namespace nava::benchmarks {

/// What several runs have reached, from their JSON and that of nava_microbench: a table of all
/// figures that have a target, the growth of the pages that a delete touches from 2,000 to 200,000
/// workflows, and what of goals() was not measured. Throws std::runtime_error for what is no
/// report.
[[nodiscard]] std::string summary_of(const std::vector<json::value>& reports);

/// The same of files.
[[nodiscard]] std::string summary_of_files(const std::vector<std::string>& files);

}  // namespace nava::benchmarks
