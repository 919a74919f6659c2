// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace nava::tools {

/// Reads a whole number and a unit: `90d`, `12h`, `30m`, `45s`. Returns nothing for any other text,
/// and for more than persistence::purge_age_max.
[[nodiscard]] std::optional<std::chrono::seconds> parse_duration(std::string_view text);

}  // namespace nava::tools
