// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/purge.hpp>

/// What a purge asks of a database, a batch at a time, and what it senses of other work there.
namespace nava::persistence {

/// Finished workflows that one batch looks at, whether or not the request means them, so that each
/// statement is short however few it finds.
inline constexpr std::size_t purge_walk_max = 1000;

/// Which finished workflows a batch takes.
struct finished_request {
  timestamp finished_until{};                     ///< the last moment of finish that is meant
  std::vector<schema::workflow_status> statuses;  ///< finished ones; at least one
  std::string wfdef_key{};                        ///< empty: any
  std::optional<purge_cursor> after{};            ///< where the batch before ended
  std::size_t workflows = purge_batch_max;        ///< 1 to purge_batch_max
};

struct finished_batch {
  std::size_t workflows = 0;  ///< deleted, or counted
  /// Meant, and left because another session had a lock on them, or moved them on at that moment.
  std::size_t skipped = 0;
  std::optional<purge_cursor> next{};  ///< where the next batch begins; none: that was all
  std::size_t commits_beside = 0;      ///< commits of this store that ran while the batch did
  /// Recent duration of commits of this store beside batches, as a multiple of that without; none
  /// where there were too few to tell.
  std::optional<double> commit_slowdown{};
  std::size_t workflows_max = purge_batch_max;  ///< the most that this store takes at once
  /// The least pause after a batch that deleted something, so that other writers get in.
  std::chrono::milliseconds turn_of_others{};
};

/// The seam below a purge. Thread-safe; throws what a store throws.
class finished_batches {
 public:
  virtual ~finished_batches() = default;

  /// Deletes a batch of finished workflows, and by cascade all they own, in one transaction that
  /// waits for no other session's lock on a workflow. Safe to make again after any error.
  virtual finished_batch erase_finished(const finished_request& request) = 0;

  /// The same batch, counted and left as it is.
  [[nodiscard]] virtual finished_batch count_finished(const finished_request& request) = 0;

  /// Counts, of the next purge_walk_max workflows, those that are meant and under a legal hold.
  [[nodiscard]] virtual finished_batch count_held(const finished_request& request) = 0;
};

/// store::purge() in terms of batches.
purge_report purge_in_batches(finished_batches& batches, const purge_policy& policy,
                              const purge_control& control);

}  // namespace nava::persistence
