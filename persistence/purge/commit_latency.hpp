// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <nava/workflow/unit_of_work.hpp>
#include <optional>

namespace nava::persistence {

/// How long the commits of a store take alone and beside its own purges, of late. A commit costs
/// two short critical sections. Thread-safe.
class commit_latency {
 public:
  using duration = std::chrono::nanoseconds;

  /// Commits of each sort before they are compared: fewer say nothing of the slow ones.
  static constexpr std::uint32_t commits_min = 100;
  /// Half of what is known is forgotten at so many.
  static constexpr std::uint32_t commits_kept = 2000;
  /// What is answered while commits run beside purges and none has run alone: enough for a purge to
  /// make longer pauses, in which it shows what is usual.
  static constexpr double slowdown_assumed = 4;

  /// Times the commit in whose scope it is, if that is applied: what waits for a lock and fails, or
  /// conflicts, says nothing of purges.
  class timer {
   public:
    explicit timer(commit_latency& of);
    timer(const timer&) = delete;
    timer& operator=(const timer&) = delete;
    ~timer();

    /// Hands on what became of the commit.
    commit_result ended(commit_result how) noexcept {
      is_applied_ = how == commit_result::applied;
      return how;
    }

   private:
    commit_latency& of_;
    bool is_applied_ = false;
    std::uint64_t begun_;  ///< batches, when the commit began
    bool beside_purge_;
    const std::chrono::steady_clock::time_point begin_;
  };

  /// Marks the batch of a purge in whose scope it is.
  class purge_mark {
   public:
    explicit purge_mark(commit_latency& of);
    purge_mark(const purge_mark&) = delete;
    purge_mark& operator=(const purge_mark&) = delete;
    ~purge_mark();

    /// That have run beside the batch so far, whatever became of them.
    [[nodiscard]] std::size_t commits() const;

   private:
    commit_latency& of_;
    std::uint64_t commits_before_;  ///< that had ended when the batch began
  };

  /// Adds a commit that took so long, beside a purge or alone.
  void add(duration took, bool beside_purge);

  /// How many times as long the slower commits (the 95th percentile) take beside purges as alone;
  /// none where too few of late ran beside them. Every answer forgets half of those that did.
  [[nodiscard]] std::optional<double> slowdown();

 private:
  // Four steps for each doubling, from a microsecond to half an hour.
  class histogram {
   public:
    void add(duration took);
    void halve();
    [[nodiscard]] std::uint32_t count() const { return count_; }
    [[nodiscard]] double slow() const;  ///< the step of the 95th percentile

   private:
    std::array<std::uint32_t, 124> steps_{};
    std::uint32_t count_ = 0;
  };

  [[nodiscard]] histogram& of(bool beside_purge) { return beside_purge ? beside_ : alone_; }

  std::mutex mutex_;
  histogram alone_, beside_;
  std::uint64_t begun_ = 0;  ///< batches
  int running_ = 0;          ///< batches
  std::uint64_t commits_begun_ = 0, commits_ended_ = 0;
};

}  // namespace nava::persistence
