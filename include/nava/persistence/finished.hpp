// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <nava/schema/workflow_tables.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What a store is asked about finished workflows, a batch at a time; see retention.hpp for the
/// call that an application makes.
namespace nava::persistence {

/// Of one batch: more would hold its locks for longer and gain nothing.
inline constexpr std::size_t purge_batch_max = 1000;
/// Finished workflows that one batch looks at, whether or not the request means them, so that each
/// statement is short however few it finds.
inline constexpr std::size_t purge_walk_max = 1000;

/// A place in the order in which finished workflows are purged: that of their finish.
struct purge_cursor {
  timestamp ts_finish{};
  uuid id{};

  friend bool operator==(const purge_cursor&, const purge_cursor&) = default;
};

/// `TIME/ID`, such as `2026-11-22T10:00:00.000000Z/01890a5d-ac96-774b-bcce-b302099a8057`.
[[nodiscard]] std::string to_text(const purge_cursor& cursor);
[[nodiscard]] std::optional<purge_cursor> parse_purge_cursor(std::string_view text);

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
  /// How many times as long commits of this store have taken of late beside such batches as alone;
  /// none where there were too few to tell.
  std::optional<double> commit_slowdown{};
  std::size_t workflows_max = purge_batch_max;  ///< the most that this store takes at once
  /// What others need before the next batch to get in at all, where this one deleted something.
  std::chrono::milliseconds turn_of_others{};
};

}  // namespace nava::persistence
