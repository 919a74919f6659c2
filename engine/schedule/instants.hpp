// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>
#include <nava/schema/types.hpp>

/// The instants that a table can store: the years 1 to 9999 of UTC. Within them sums and
/// differences of instants cannot overflow.
namespace nava::engine {

inline constexpr timestamp first_stored_instant =
    std::chrono::sys_days{std::chrono::year{1} / 1 / 1};
inline constexpr timestamp last_stored_instant =
    std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1} - std::chrono::microseconds{1};
inline constexpr timestamp before_stored_instants =
    first_stored_instant - std::chrono::microseconds{1};

/// Returns the nearest instant that is stored, or the one before all that are.
[[nodiscard]] constexpr timestamp near_stored(timestamp instant) {
  return std::clamp(instant, before_stored_instants, last_stored_instant);
}

}  // namespace nava::engine
