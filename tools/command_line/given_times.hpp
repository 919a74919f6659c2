// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/persistence/tombstones.hpp>
#include <nava/persistence/workflow_list.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tools/commands/commands.hpp"

/// Times, ages and durations as options give them. All throw usage_error for what is none.
namespace nava::tools {

/// What the command line asks for that cannot be meant.
class usage_error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[nodiscard]] std::chrono::seconds duration_in(const std::string& age);
/// In days or hours: 60m beside a layout in months would be meant as months, and drops partitions.
[[nodiscard]] std::chrono::hours partition_age_in(const std::string& text);
/// A day is its first instant in UTC. Nothing for an empty text.
[[nodiscard]] std::optional<timestamp> time_in(const std::string& text, std::string_view option);
[[nodiscard]] persistence::time_range range_in(const std::string& text, std::string_view option);
[[nodiscard]] history_point point_in(const std::string& text, std::string_view option);
/// No tombstones for an empty text.
[[nodiscard]] persistence::tombstone_policy tombstones_in(
    const std::string& keep_for, const std::vector<std::string>& one_per_resource);

}  // namespace nava::tools
