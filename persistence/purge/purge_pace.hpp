// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <limits>
#include <optional>

namespace nava::persistence {

/// How many workflows the next batch of a purge takes, and how long to wait before it. Multiplied
/// while nobody is felt, until a batch takes batch_target; from the first commit beside a batch, or
/// slow batch, on, small steps up and halves down. Does no I/O and reads no clock. One thread at a
/// time.
class purge_pace {
 public:
  using duration = std::chrono::nanoseconds;

  /// Hardly longer than a commit, so that those that run beside it are known before any suffers.
  static constexpr std::size_t first_batch = 4;
  /// While nobody is felt. Each step costs a round trip and a flush, and what the batch before took
  /// tells how much is too much.
  static constexpr std::size_t batch_growth = 16;
  /// The least that a batch takes, so that a purge comes to its end beside any load; fewer only
  /// after batches that failed.
  static constexpr std::size_t batch_min = 4;
  /// Batches of 100 workflows (9 ms) to 1000 (90 ms) purge as many in a second on a server that is
  /// idle; on one that is busy each has to wait for its turn, and long ones lose less by it.
  static constexpr duration batch_target = std::chrono::milliseconds{200};
  /// Others are hardly slower than usual: batches may be longer. Between this and slowdown_max they
  /// stay as they are.
  static constexpr double slowdown_usual = 1.25;
  /// Others are slower than usual by more than chance: batches are too long.
  static constexpr double slowdown_max = 1.5;
  /// There are too many batches as well. More than others feel of the shortest ones: it is the
  /// longer commits that meet a batch, so those seem twice as long however long the pauses are.
  static constexpr double slowdown_pausing = 3;
  /// Two batches in a row take so many times as long for a workflow as the best of their size of
  /// late: another process is felt.
  static constexpr double own_slowdown_max = 3;
  /// Of the duration of a batch; the purge then works a tenth of the time, and never less.
  static constexpr double pause_share_max = 9;
  /// After a batch beside which there were commits: half of the time is theirs in any case. A
  /// commit that meets a batch waits for it, so that short batches protect its p99, and pauses the
  /// rest.
  static constexpr double pause_share_beside = 1;
  static constexpr duration pause_max = std::chrono::seconds{1};
  /// Batches beside commits of which too few are applied to answer: they fail, or wait for
  /// somebody, and are no reason to stay short for good. At the least batch a third of a second.
  static constexpr int unanswered_max = 200;
  /// What a batch that slowed nobody adds to the next, at least one workflow, and takes from the
  /// share of the pause.
  static constexpr double batch_step_share = 0.125;
  static constexpr double pause_share_step = 0.25;

  explicit purge_pace(std::size_t batch_max) noexcept;

  struct measured {
    std::size_t asked = 0;                  ///< workflows
    std::size_t workflows = 0;              ///< deleted
    std::size_t skipped = 0;                ///< workflows
    duration took{};                        ///< of the batch
    std::size_t commits_beside = 0;         ///< of others, while the batch ran
    std::optional<double> commit_slowdown;  ///< of others; none: not known
  };
  void after(const measured& batch) noexcept;

  /// After a batch of so many that failed for what it took or held. False where that was one
  /// workflow, so that nothing smaller is left to try; a batch fails so at most 10 times before.
  [[nodiscard]] bool after_failure(std::size_t asked, duration took) noexcept;

  /// From now on batches have no more than so many.
  void limit_to(std::size_t batch_max) noexcept;

  [[nodiscard]] std::size_t batch() const noexcept { return batch_; }
  [[nodiscard]] duration pause() const noexcept { return pause_; }

 private:
  struct size_and_time {
    double workflows = 0;
    double time = 0;  ///< ns
  };

  [[nodiscard]] bool is_slow(const measured& batch) noexcept;
  [[nodiscard]] double fitting(std::size_t found, duration took) noexcept;
  void grow(const measured& batch) noexcept;
  void shrink() noexcept;
  void pause_more() noexcept;
  void pause_less() noexcept;
  void pause_after(duration took) noexcept;

  // Small batches pay for their round trip and flush, so each doubling of the size has a best of
  // its own.
  std::array<double, std::numeric_limits<std::size_t>::digits + 1> best_{};
  size_and_time latest_;  ///< whole batch
  std::size_t batch_max_;
  std::size_t batch_;
  std::size_t least_;  ///< batch_min, or what is left of it
  double pause_share_ = 0;
  duration pause_{};
  bool is_multiplying_ = true;
  bool was_slow_ = false;
  int unanswered_ = 0;  ///< batches in a row
};

}  // namespace nava::persistence
