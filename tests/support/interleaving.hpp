// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "persistence/connection/connection.hpp"
#include "support/databases.hpp"

/// Two sessions of a PostgreSQL server whose steps a test orders.
namespace nava::test {

/// A point at which a player could go on, of several.
struct choice {
  std::size_t taken = 0;  ///< of those who could
  std::size_t of = 1;
};

/// Two players, each in a thread of its own. A step is a statement, or the commit of a transaction:
/// a statement that commits by itself becomes a transaction of two steps. A player that waits for a
/// lock of the other is left waiting while that one goes on, as in a server.
class interleaving {
 public:
  static constexpr std::size_t players = 2;
  using calls = std::array<std::function<void()>, players>;

  /// `monitor` looks at who waits for a lock.
  explicit interleaving(std::unique_ptr<raw_session> monitor) : monitor_(std::move(monitor)) {}

  /// What is a step: a statement and a commit, or all of a transaction of several statements, and
  /// its commit. The latter is for upkeep that begins by locking all tables.
  enum class steps_of { statements, transactions };

  /// What a store of `player` uses in place of a connection that it has made. Outside of play()
  /// nothing is ordered, and nothing waits.
  [[nodiscard]] std::unique_ptr<persistence::connection> gated(
      std::unique_ptr<persistence::connection> made, std::size_t player,
      steps_of by = steps_of::statements);

  /// Plays both calls. Takes `prefix`, then the first choice each time. Returns all choices. Throws
  /// what a call throws, and std::logic_error where `prefix` cannot be taken.
  [[nodiscard]] std::vector<choice> play(const calls& both, const std::vector<choice>& prefix);

  /// The choices that come after `made` in the order of all; empty after the last.
  [[nodiscard]] static std::vector<choice> after(std::vector<choice> made);

  /// Whether in the last play() this player made a step while the other had a transaction open.
  [[nodiscard]] bool met_transaction(std::size_t player) const {
    return players_[player].met_transaction;
  }

  /// Deadlocks that the server has broken, ever.
  [[nodiscard]] int deadlocks() const { return deadlocks_; }

 private:
  class gated_connection;
  enum class state { running, ready, done };
  struct player {
    state is = state::done;
    bool may_go = false;
    int pid = 0;  // of the session of its last step
    bool has_transaction = false;
    bool met_transaction = false;
    std::exception_ptr thrown{};
  };

  void await_turn(std::size_t player, int pid);
  void note_transaction(std::size_t player, bool is_open);
  void note_deadlock();
  [[nodiscard]] bool is_still(std::size_t player);

  const std::unique_ptr<raw_session> monitor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<player, players> players_;
  bool is_playing_ = false;
  int deadlocks_ = 0;
};

}  // namespace nava::test
