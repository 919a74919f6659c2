// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "benchmarks/options.hpp"

namespace nava::benchmarks {

/// What the figure is called in a report.
inline constexpr std::string_view pages_of_a_delete = "pages touched by one delete";

/// Deletes the workflows one at a time and answers how many pages of Nava's tables and indexes one
/// delete touched, whether they were in memory or read, over all nine tables. Nothing where the
/// server cannot count at once (before PostgreSQL 15).
[[nodiscard]] std::optional<double> buffers_of_deletes(const options& given,
                                                       const std::vector<uuid>& ids);

}  // namespace nava::benchmarks
