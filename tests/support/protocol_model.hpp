// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

/// The protocols by which engines commit decisions and hold tasks, small enough to look at every
/// state that they can come to.
namespace nava::test::model {

inline constexpr std::size_t engines = 3;
inline constexpr std::size_t workflows = 2;
inline constexpr std::uint8_t faults_max = 4;
inline constexpr std::uint8_t claims_max = 3;  ///< of one task

/// What happens between two states, in words with places for up to two numbers.
struct step {
  const char* text = "";
  std::size_t first = 0, second = 0;
};

/// What the database does for a commit. A test takes one away.
struct commit_guards {
  bool compares_revision = true;
  bool knows_transactions = true;
  bool has_unique_keys = true;
  bool writes_before_it_answers = true;
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

/// What tells two of them apart for a store.
[[nodiscard]] inline auto key_of(const commit_database& it) {
  return std::tuple{it.revision, it.keys, it.transactions};
}

/// Engines that hand one event each to a workflow. A call may be lost on its way, lose its answer,
/// or arrive when its engine has given it up and sent it again. An engine that does not know may
/// send the same again, or begin anew where its event has a key. It decides on what it has read, or
/// on an earlier revision in its cache, which knows no keys.
struct commit_world {
  enum class phase : std::uint8_t { begins, has_read, unknown, told };
  struct engine {
    phase at = phase::begins;
    bool may_use_cache = true;  ///< until it has met a conflict
    std::uint8_t tries = 0;
    std::uint8_t applied = 0;  ///< how often its event was, if it has no key
    commit_message call{};
  };

  commit_database database{};
  std::array<engine, engines> all{};
  std::vector<commit_message> late{};
  std::uint8_t faults = faults_max;

  [[nodiscard]] std::vector<std::pair<step, commit_world>> next(const commit_guards& guards) const;
  /// The promise that is broken; empty: none.
  [[nodiscard]] std::string broken() const;
  [[nodiscard]] std::string bytes() const;

 private:
  void arrive(const commit_message& sent, const commit_guards& guards, engine* asks);
};

/// What the database does for a lease.
struct lease_guards {
  bool compares_fence = true;
  bool raises_fence = true;  ///< at each claim
  bool ends_once = true;
  bool knows_who_settled = true;
};

enum class lease : std::uint8_t { none, held, over };
enum class ended : std::uint8_t { kept, before, lost };

/// The row of a task.
struct lease_database {
  lease is = lease::none;
  std::uint8_t fence = 0;
  bool is_open = true;
  std::uint8_t ended_by = 0;  ///< the fence

  /// Whether it is to be had. Then its fence is that of the new holder.
  bool claim(const lease_guards& guards);
  void end_lease();
  ended renew(std::uint8_t with, const lease_guards& guards);
  ended settle(std::uint8_t with, const lease_guards& guards);
  ended postpone(std::uint8_t with, const lease_guards& guards);

 private:
  [[nodiscard]] std::optional<ended> refusal(std::uint8_t with, const lease_guards& guards) const;
};

[[nodiscard]] inline auto key_of(const lease_database& it) {
  return std::tuple{it.is, it.fence, it.is_open, it.ended_by};
}

/// A claim of a task, as its holder knows it.
struct held_task {
  std::uint8_t task = 0, fence = 0;
  std::uint8_t claim = 0;  ///< of the task, from 1: whatever became of the fence

  friend auto operator<=>(const held_task&, const held_task&) = default;
};

/// Engines that claim a task, renew and postpone it, and settle it once or several times. Calls
/// fail as those of commit_world; an engine may die.
struct lease_world {
  enum class phase : std::uint8_t { idle, holds, unknown, kept, lost };
  struct engine {
    phase at = phase::idle;
    held_task held{};
  };
  struct history {
    std::uint8_t claims = 0;
    std::uint8_t ends = 0;
    std::uint8_t ended_by = 0;  ///< the claim
    bool was_stolen = false;    ///< another than the last to claim it has ended it
  };

  std::array<lease_database, workflows> tasks{};
  std::array<history, workflows> past{};
  std::array<engine, engines> all{};
  std::vector<held_task> late{};
  std::uint8_t faults = faults_max;

  [[nodiscard]] std::vector<std::pair<step, lease_world>> next(const lease_guards& guards) const;
  [[nodiscard]] std::string broken() const;
  [[nodiscard]] std::string bytes() const;

 private:
  ended settle(const held_task& held, const lease_guards& guards);
};

struct exploration {
  std::size_t states = 0;
  std::string broken{};              ///< the promise; empty: none in any state
  std::vector<std::string> steps{};  ///< the fewest that lead there
};

///@{
/// Looks at each state that can be reached from `first`, nearest first.
[[nodiscard]] exploration explore(const commit_world& first, const commit_guards& guards);
[[nodiscard]] exploration explore(const lease_world& first, const lease_guards& guards);
///@}

}  // namespace nava::test::model
