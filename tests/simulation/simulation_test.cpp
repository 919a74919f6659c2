// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <sstream>
#include <string>

#include "simulation/trials.hpp"
#include "support/catch.hpp"

using namespace nava::test;

namespace {

std::uint64_t number_in(const char* variable, std::uint64_t otherwise) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? otherwise : std::stoull(text);
}

}  // namespace

// NAVA_SIMULATION_SEED names the first seed, NAVA_SIMULATION_SEEDS how many are played, and
// NAVA_SIMULATION_LEFT_OUT the faults that do not happen: 0,3.
TEST_CASE("simulation: no seed breaks a promise", "[simulation]") {
  trial first{.seed = number_in("NAVA_SIMULATION_SEED", 1)};
  if (const char* const text = std::getenv("NAVA_SIMULATION_LEFT_OUT")) {
    std::istringstream numbers{text};
    for (std::string number; std::getline(numbers, number, ',');)
      first.left_out.insert(std::stoull(number));
  }
  const std::uint64_t count = number_in("NAVA_SIMULATION_SEEDS", 10'000);
  const auto failed = play_all(first, count);
  if (failed) {
    // To make it shorter takes minutes where a seed hangs.
    WARN(report(*failed));
    FAIL("with as few faults as that takes:\n" << report(shrunk(*failed)));
  }
  SUCCEED(count << " seeds");
}

TEST_CASE("simulation: a seed makes the same choices each time, and another seed makes others",
          "[simulation]") {
  const auto once = play({.seed = 7}), again = play({.seed = 7}), other = play({.seed = 8});
  CHECK(once.digest == again.digest);
  CHECK(once.faults == again.faults);
  CHECK(once.digest != other.digest);
  CHECK(play({.seed = 7, .faults_most = 0}).faults.empty());
  // Behind others, in one process, as alone.
  CHECK(play({.seed = 4, .seeds = 4}).digest == once.digest);
}

TEST_CASE("simulation: a guarantee that the database does not give is missed", "[simulation]") {
  const auto lost = [](sabotage guarantee, std::uint64_t seeds = 200) {
    const auto failed = play_all({.lost_guarantee = guarantee}, seeds);
    if (failed) UNSCOPED_INFO(report(*failed));
    return failed.has_value();
  };
  CHECK(lost(sabotage::stale_commits));
  CHECK(lost(sabotage::forgotten_keys));
  CHECK(lost(sabotage::lost_commits));
  CHECK(lost(sabotage::half_commits));
  CHECK(lost(sabotage::kept_rows));
  CHECK(lost(sabotage::no_tombstones, 2'000));
  CHECK(lost(sabotage::no_fences, 2'000));
  CHECK(lost(sabotage::no_slots));
  CHECK(lost(sabotage::lost_ticks));
}

TEST_CASE("simulation: of the faults of a seed that fails those are left that it takes",
          "[simulation]") {
  const auto failed = play_all({.lost_guarantee = sabotage::forgotten_keys}, 200);
  REQUIRE(failed);
  const auto least = shrunk(*failed);
  CHECK_FALSE(least.broken.empty());
  CHECK(least.faults.size() < failed->faults.size());
  CHECK(play(least.of).digest == least.digest);
}

TEST_CASE(
    "simulation: a seed whose process dies is found among others, and the fault that it takes",
    "[simulation]") {
  const auto failed = play_all({.lost_guarantee = sabotage::sudden_death}, 200);
  REQUIRE(failed);
  CHECK(failed->of.seeds == 1);
  CHECK(failed->faults.size() == 4);
  CHECK_THAT(failed->broken.front(), Catch::Contains("the process ended in the middle of seed"));
  const auto least = shrunk(*failed);
  REQUIRE(least.faults.size() == 1);
  CHECK(least.faults.front().starts_with("3: "));
}
