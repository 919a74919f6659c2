// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/simulated_store.hpp"

namespace nava::test {

/// What a seed plays.
struct trial {
  std::uint64_t seed = 0;
  std::uint64_t seeds = 1;  ///< from this one on, one after the other, in one process
  std::size_t faults_most = 12;
  std::set<std::size_t> left_out{};  ///< faults, by their numbers
  sabotage lost_guarantee = sabotage::none;
};

/// How a trial ended.
struct trial_result {
  trial of;
  std::uint64_t digest = 0;           ///< of all choices; the same at each repetition
  std::vector<std::string> broken{};  ///< promises, a line each; none where it passed
  std::vector<std::string> faults{};  ///< that happened, a line each
};

/// Plays a trial in a process of its own.
[[nodiscard]] trial_result play(const trial& which);
/// Plays seeds from `first.seed` on, on all processors. Returns the first that is found to fail.
[[nodiscard]] std::optional<trial_result> play_all(const trial& first, std::uint64_t count);
/// Leaves out each fault without which a failed trial breaks the same promise.
[[nodiscard]] trial_result shrunk(const trial_result& failed);
/// What a person needs to repeat it, and what happened.
[[nodiscard]] std::string report(const trial_result& failed);

}  // namespace nava::test
