// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>
#include <span>
#include <vector>

#include "persistence/commit/unit_parts.hpp"
#include "persistence/log.hpp"

namespace nava::persistence {

/// Puts commits that come at the same time into one transaction. A commit that finds a free flight
/// takes off at once, alone: it waits for nobody, so a lone one is as fast as without a queue.
/// While all flights are out, commits gather, and the next flight takes them along. Thread-safe.
class commit_queue {
 public:
  struct limits {
    std::size_t units_max = 1;    ///< of one flight
    std::size_t flights_max = 1;  ///< at a time, of those that left in time
    /// For a flight. Whoever waits longer commits alone, outside of the flights: those that are out
    /// may be stuck behind a workflow that somebody holds.
    std::chrono::milliseconds patience{100};

    /// Patience is a hundredth of what a commit waits for a connection or a lock.
    static limits of(const store_options& options, std::size_t flights) {
      return {options.commits_joined_max, flights, options.connection_wait / 100};
    }
  };
  using alone_function = std::function<commit_result(const ready_unit&, deadline)>;
  /// Says which of the units it applied, in their order. What it did not apply, because of a
  /// conflict or of a workflow that somebody holds, is then committed alone; so are all where it
  /// throws because of one of them. What else it throws is thrown to all.
  using together_function =
      std::function<std::vector<bool>(std::span<const ready_unit* const>, deadline)>;

  commit_queue(limits most, alone_function alone, together_function together,
               std::shared_ptr<spdlog::logger> log = {});

  /// Throws what `alone` throws, and outcome_unknown, connection_lost and contention of a flight;
  /// outcome_unknown too where the flight that took the unit along is still out at the deadline. A
  /// flight has the deadline of the one who leads it.
  commit_result commit(std::shared_ptr<const ready_unit> unit, deadline limit);

  /// Commits that wait for a flight.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct waiter {
    enum class state { waiting, boarded, leads, landed };
    explicit waiter(std::shared_ptr<const ready_unit> its) : unit(std::move(its)) {}
    const std::shared_ptr<const ready_unit> unit;
    state now = state::waiting;
    bool applied = false;
    std::exception_ptr failure;
    std::condition_variable changed;
  };
  // A flight keeps its passengers: one whose deadline has passed leaves while it is out.
  using waiter_pointer = std::shared_ptr<waiter>;
  class flight;

  void await(const waiter_pointer& self, deadline limit);

  const limits limits_;
  const alone_function alone_;
  const together_function together_;
  const std::shared_ptr<spdlog::logger> log_;
  mutable std::mutex mutex_;
  std::deque<waiter_pointer> waiting_;  // empty unless all flights are out
  std::size_t flights_ = 0;
};

}  // namespace nava::persistence
