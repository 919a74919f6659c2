// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// Arguments and results of store::purge(), which deletes workflows that finished long enough ago.
/// Values: threads may read one object. Pure functions; thread-safe.
namespace nava::persistence {

/// The most workflows of a batch: larger ones hold their locks for longer and are not faster.
inline constexpr std::size_t purge_batch_max = 1000;
/// A thousand years.
inline constexpr std::chrono::seconds purge_age_max = std::chrono::hours{24 * 365 * 1000};

/// A place in the order in which workflows are purged: by `ts_finish`, then by id.
struct purge_cursor {
  timestamp ts_finish{};  ///< when the workflow at this place finished
  uuid id{};              ///< the id of that workflow, which may be deleted by now

  /// Compares both members.
  friend bool operator==(const purge_cursor&, const purge_cursor&) = default;
};

/// Returns `TIME/ID`: `2026-11-22T10:00:00.000000Z/01890a5d-ac96-774b-bcce-b302099a8057`.
[[nodiscard]] NAVA_EXPORT std::string to_text(const purge_cursor& cursor);
/// Returns nothing for any other text.
[[nodiscard]] NAVA_EXPORT std::optional<purge_cursor> parse_purge_cursor(std::string_view text);

/// Which workflows to delete. A value out of its range, or a status that is not finished, makes
/// store::purge() throw error (invalid_input).
struct purge_policy {
  std::chrono::seconds finished_for{};  ///< the least age since finish; to purge_age_max
  std::vector<schema::workflow_status> statuses{};  ///< empty: COMPLETED, CANCELLED and FAILED
  std::string wfdef_key{};                          ///< empty: any
  std::size_t limit = 0;                            ///< workflows of this call; 0: all
  std::size_t batch_max = purge_batch_max;  ///< workflows, 1 to purge_batch_max; SQLite: up to 100
};

/// How far a call of store::purge() has come.
struct purge_progress {
  std::size_t workflows = 0;  ///< deleted, or counted in a dry run
  std::size_t skipped = 0;    ///< left: another session held them, or they were no longer finished
  /// Left for that, counted at the end. None: the call did not come to its end, or the count
  /// failed.
  std::optional<std::size_t> under_legal_hold{};
  std::size_t batches = 0;  ///< batches that were committed
  std::size_t retries = 0;  ///< batches that failed and began again with half as many workflows
  std::size_t batch = 0;    ///< workflows that the next batch asks for; 0 at the end
  std::chrono::nanoseconds working{};  ///< time of batches
  std::chrono::nanoseconds pausing{};  ///< time of pauses between batches
  std::optional<purge_cursor> next{};  ///< where the next batch begins; none: nothing is left
};

/// Where a call of store::purge() begins, whom it tells and what ends it.
struct purge_control {
  /// Called by the purging thread after every batch, also after one that failed and begins again
  /// smaller. What it throws ends the call.
  std::function<void(const purge_progress&)> on_progress{};
  std::stop_token stop{};               ///< ends the call after the current batch, or its pause
  std::optional<purge_cursor> after{};  ///< `next` of an earlier call; none: from the oldest
  bool dry_run = false;                 ///< counts and deletes nothing
  std::function<timestamp()> clock{};   ///< asked once, at the beginning; none: the system's clock
};

/// After a stop or at the limit, `next` is what to pass as `after`.
struct purge_report : purge_progress {
  bool complete = false;  ///< every workflow of the policy was looked at
};

}  // namespace nava::persistence
