// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

/// The protocols by which engines commit decisions and hold tasks, small enough to look at every
/// state that they can come to.
namespace nava::test::model {

inline constexpr std::size_t engines = 3;
inline constexpr std::size_t workflows = 2;
inline constexpr std::uint8_t faults_max = 4;
inline constexpr std::uint8_t claims_max = 3;  ///< of one task

/// What the database does for a commit. A test takes one away.
struct commit_guards {
  bool compares_revision = true;
  bool knows_transactions = true;
  bool has_unique_keys = true;
};

enum class verdict : std::uint8_t { applied, already_applied, conflict };

/// A decision on its way: the same when it is sent again.
struct commit_message {
  std::uint8_t workflow = 0;
  std::uint8_t revision = 0;     ///< that was read
  std::uint8_t key = 0;          ///< of the event; 0: none
  std::uint8_t transaction = 0;  ///< one of each engine and try

  friend auto operator<=>(const commit_message&, const commit_message&) = default;
};

/// The rows of workflows, and what has happened to them.
struct commit_database {
  std::array<std::uint8_t, workflows> revision{};
  std::array<std::uint8_t, workflows> keys{};     ///< a bit each
  std::uint32_t transactions = 0;                 ///< a bit each
  std::array<std::uint8_t, workflows> decided{};  ///< a bit for each revision that was read
  bool is_forked = false;                         ///< two decisions were made on one revision

  verdict commit(const commit_message& sent, const commit_guards& guards);
};

/// Engines that hand one event each to a workflow. A call may be lost on its way, lose its answer,
/// or arrive when its engine has given it up and sent it again. An engine that does not know may
/// send the same again, or begin anew where its event has a key.
struct commit_world {
  enum class phase : std::uint8_t { begins, has_read, sent, unknown, told };
  struct engine {
    phase at = phase::begins;
    std::uint8_t tries = 0;
    std::uint8_t applied = 0;  ///< how often its event was, if it has no key
    commit_message call{};
  };

  commit_database database{};
  std::array<engine, engines> all{};
  std::vector<commit_message> late{};
  std::uint8_t faults = faults_max;

  [[nodiscard]] std::vector<std::pair<std::string, commit_world>> next(
      const commit_guards& guards) const;
  /// The promise that is broken; empty: none.
  [[nodiscard]] std::string broken() const;
  [[nodiscard]] std::string bytes() const;

 private:
  void arrive(const commit_message& sent, const commit_guards& guards, engine* asks);
};

/// What the database does for a lease.
struct lease_guards {
  bool compares_fence = true;
  bool waits_for_lease = true;  ///< nobody claims what is held
};

enum class lease : std::uint8_t { none, held, over };
enum class ended : std::uint8_t { kept, before, lost };

/// A task, and how it ended.
struct lease_database {
  lease is = lease::none;
  std::uint8_t fence = 0;
  bool is_open = true;
  std::uint8_t ended_by = 0;  ///< the fence
  std::uint8_t ends = 0;
  bool was_stolen =
      false;  ///< one that was no longer its holder has ended it, or it was held twice

  /// The fence; 0: it is not to be had.
  std::uint8_t claim(const lease_guards& guards);
  ended settle(std::uint8_t with, const lease_guards& guards);
};

/// Engines that claim a task, and settle it once or several times.
struct lease_world {
  enum class phase : std::uint8_t { idle, holds, unknown, kept, lost };
  struct engine {
    phase at = phase::idle;
    std::uint8_t task = 0, fence = 0;
  };

  std::array<lease_database, workflows> tasks{};
  std::array<engine, engines> all{};
  std::vector<std::pair<std::uint8_t, std::uint8_t>> late{};  ///< task and fence
  std::uint8_t faults = faults_max;

  [[nodiscard]] std::vector<std::pair<std::string, lease_world>> next(
      const lease_guards& guards) const;
  [[nodiscard]] std::string broken() const;
  [[nodiscard]] std::string bytes() const;
};

struct exploration {
  std::size_t states = 0;
  std::string broken{};              ///< the promise; empty: none in any state
  std::vector<std::string> steps{};  ///< the fewest that lead there
};

/// Looks at each state that can be reached from `first`, nearest first.
template <class World, class Guards>
exploration explore(const World& first, const Guards& guards) {
  struct place {
    World world;
    std::size_t from = 0;
    std::size_t step = 0;  // of those that lead away from there
  };
  std::vector<place> seen{{first}};
  std::unordered_set<std::string> known{first.bytes()};
  exploration found;
  for (std::size_t at = 0; at < seen.size(); ++at) {
    found.broken = seen[at].world.broken();
    if (!found.broken.empty()) {
      for (std::size_t to = at; to != 0; to = seen[to].from)
        found.steps.insert(found.steps.begin(),
                           seen[seen[to].from].world.next(guards).at(seen[to].step).first);
      break;
    }
    auto next = seen[at].world.next(guards);
    for (std::size_t step = 0; step < next.size(); ++step)
      if (known.insert(next[step].second.bytes()).second)
        seen.push_back({std::move(next[step].second), at, step});
  }
  found.states = seen.size();
  return found;
}

}  // namespace nava::test::model
