// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <nava/schema/workflow_rows.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

/// Purge by policy: deletes workflows that finished long enough ago, with all they own, in batches
/// that others can live beside.
namespace nava::persistence {

/// Workflows of one batch at most: more would hold its locks for longer and gain nothing.
inline constexpr std::size_t purge_batch_max = 1000;
/// A thousand years.
inline constexpr std::chrono::seconds purge_age_max = std::chrono::hours{24 * 365 * 1000};

/// A place in the order in which finished workflows are purged: that of their finish.
struct purge_cursor {
  timestamp ts_finish{};
  uuid id{};

  friend bool operator==(const purge_cursor&, const purge_cursor&) = default;
};

/// `TIME/ID`, such as `2026-11-22T10:00:00.000000Z/01890a5d-ac96-774b-bcce-b302099a8057`.
[[nodiscard]] std::string to_text(const purge_cursor& cursor);
[[nodiscard]] std::optional<purge_cursor> parse_purge_cursor(std::string_view text);

/// Which workflows have been kept for long enough.
struct purge_policy {
  std::chrono::seconds finished_for{};              ///< at least; 0 to purge_age_max
  std::vector<schema::workflow_status> statuses{};  ///< finished ones; empty: all of them
  std::string wfdef_key{};                          ///< empty: any
  std::size_t limit = 0;                            ///< workflows of this call; 0: all
  std::size_t batch_max = purge_batch_max;          ///< workflows, 1 to purge_batch_max
};

/// How far a call has come.
struct purge_progress {
  std::size_t workflows = 0;  ///< deleted, or counted in a dry run
  std::size_t skipped = 0;    ///< left, since another session held them or moved them on
  std::size_t batches = 0;    ///< that came to their end
  std::size_t retries = 0;    ///< batches that failed, and began again with half as many workflows
  std::size_t batch = 0;      ///< workflows that the next batch asks for; 0 at the end
  std::chrono::nanoseconds working{};  ///< inside the database
  std::chrono::nanoseconds pausing{};  ///< between batches, for the sake of others
  std::optional<purge_cursor> next{};  ///< where the next batch begins; none: at an end
};

struct purge_control {
  /// Called by the thread that purges after every batch, and after each that failed and begins
  /// again smaller. What it throws ends the call.
  std::function<void(const purge_progress&)> on_progress{};
  std::stop_token stop{};               ///< ends the call after the current batch
  std::optional<purge_cursor> after{};  ///< where an earlier call ended; none: at the beginning
  bool dry_run = false;                 ///< counts and writes nothing
  std::function<timestamp()> clock{};   ///< none: the system's
};

/// `next` is where a call that was stopped, or that reached its limit, goes on.
struct purge_report : purge_progress {
  bool complete = false;  ///< every workflow that the policy means was looked at
};

}  // namespace nava::persistence
