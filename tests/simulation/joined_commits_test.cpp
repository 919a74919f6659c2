// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "persistence/commit/commit_queue.hpp"
#include "simulation/virtual_threads.hpp"
#include "support/catch.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using virtual_threads::chance;

namespace {

constexpr std::uint64_t seeds = 150;
constexpr std::size_t committers = 8;
constexpr int commits_each = 8;
constexpr std::uint64_t workflows = 4;
constexpr commit_queue::limits limits{.units_max = 3, .flights_max = 2, .patience = 40ms};

std::chrono::milliseconds up_to(std::uint64_t ms) {
  return std::chrono::milliseconds{static_cast<std::int64_t>(chance(ms))};
}

// A database that compares revisions, is slow, and fails before and after what it was asked.
class revisions {
 public:
  /// `lies`: now and then it says that it applied what it has not.
  explicit revisions(bool lies) : lies_(lies) {}

  std::vector<bool> apply_together(std::span<const ready_unit* const> units) {
    if (units.size() > limits.units_max) broken.emplace_back("a flight is too large");
    std::set<uuid> moved;
    for (const ready_unit* unit : units)
      if (!moved.insert(unit->id).second) broken.emplace_back("a flight moves a workflow twice");
    most_together = std::max(most_together, units.size());
    std::this_thread::sleep_for(up_to(120));
    maybe_fail_before();
    std::vector<bool> applied;
    for (const ready_unit* unit : units)
      applied.push_back((lies_ && chance(8) == 0) || (chance(6) != 0 && apply(*unit)));
    maybe_fail_after();
    return applied;
  }

  commit_result apply_alone(const ready_unit& unit) {
    std::this_thread::sleep_for(up_to(60));
    maybe_fail_before();
    const bool is_applied = apply(unit);
    maybe_fail_after();
    return is_applied ? commit_result::applied : commit_result::conflict;
  }

  std::map<uuid, std::int64_t> revision{};
  std::multiset<uuid> applied{};  // transactions
  std::vector<std::string> broken{};
  std::size_t most_together = 0;

 private:
  bool apply(const ready_unit& unit) {
    if (revision[unit.id] != unit.read_revision) return false;
    ++revision[unit.id];
    applied.insert(unit.transaction_id);
    return true;
  }
  static void maybe_fail_before() {
    if (chance(12) == 0) throw error{error_kind::contention, "others are in the way"};
    if (chance(12) == 0) throw error{error_kind::check, "a row is refused"};
  }
  static void maybe_fail_after() {
    if (chance(12) == 0) throw error{error_kind::outcome_unknown, "the answer is lost"};
  }

  const bool lies_;
};

// What each committer is told is what the database has done.
std::vector<std::string> play(std::uint64_t seed, const std::vector<ready_unit>& units,
                              std::size_t& most_together, bool lies = false) {
  revisions database{lies};
  const auto stuck = [seed](const std::string& why) {
    fmt::print(stderr, "seed {}: {}\n", seed, why);
    std::_Exit(EXIT_FAILURE);
  };
  virtual_threads::run(seed, 1h, stuck, [&] {
    commit_queue queue{limits,
                       [&](const ready_unit& unit, deadline) { return database.apply_alone(unit); },
                       [&](std::span<const ready_unit* const> all, deadline) {
                         return database.apply_together(all);
                       }};
    const auto commit_some = [&](std::size_t committer) {
      for (int i = 0; i < commits_each; ++i) {
        auto unit = std::make_shared<ready_unit>(units[chance(workflows)]);
        unit->transaction_id = id_of(id_kind::transaction, committer * 1'000 + 1 + i);
        unit->read_revision = database.revision[unit->id];
        std::this_thread::sleep_for(up_to(80));
        const auto was_applied = [&] { return database.applied.count(unit->transaction_id); };
        const auto expect = [&](bool is_so, const char* what) {
          if (!is_so) database.broken.push_back(fmt::format("committer {}: {}", committer, what));
        };
        try {
          const bool is_applied =
              queue.commit(unit, deadline::in(20ms + up_to(2'000))) == commit_result::applied;
          expect(was_applied() == (is_applied ? 1 : 0), "it is told what is not so");
        } catch (const error& failure) {
          expect(was_applied() <= 1, "it is applied twice");
          expect(!failure.outcome_known() || was_applied() == 0, "it failed, and is applied");
        }
      }
    };
    std::vector<std::thread> all;
    for (std::size_t i = 0; i < committers; ++i) all.emplace_back(commit_some, i);
    for (std::thread& each : all) each.join();
    if (queue.waiting() != 0) database.broken.emplace_back("somebody waits when all are done");
  });
  std::size_t moves = 0;
  for (const auto& [id, revision] : database.revision) moves += static_cast<std::size_t>(revision);
  if (moves != database.applied.size()) database.broken.emplace_back("a revision has two winners");
  most_together = std::max(most_together, database.most_together);
  return database.broken;
}

}  // namespace

TEST_CASE("joined commits: whatever order threads run in, each is told what became of its commit",
          "[simulation]") {
  std::vector<ready_unit> units;
  for (std::uint64_t number = 1; number <= workflows; ++number)
    units.emplace_back(next_unit(first_unit(number)), verb::update);
  std::size_t most_together = 0;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    CAPTURE(seed);
    CHECK(play(seed, units, most_together) == std::vector<std::string>{});
  }
  CHECK(most_together == limits.units_max);
  CHECK_FALSE(play(1, units, most_together, true).empty());
}
