// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <nava/persistence/store.hpp>
#include <stop_token>

/// Purge by policy: deletes workflows that finished long enough ago, with all they own, in batches
/// that others can live beside.
namespace nava::persistence {

/// A thousand years.
inline constexpr std::chrono::seconds purge_age_max = std::chrono::hours{24 * 365 * 1000};

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

/// Deletes what `policy` means, the longest finished first. A batch is one transaction and, on
/// PostgreSQL, one statement. A workflow on which another session holds a lock at that moment, or
/// that is no longer finished by then, is skipped; a new call takes it, and so does not one that
/// goes on `after` it. What children go with a workflow the database does not say, so they are not
/// counted. Workflows without a time of finish are never purged.
///
/// Batches begin small and grow towards a duration. While commits of this store run beside them
/// they stay short, and half of the time is the commits'; they shrink and pause for longer while
/// those, or the batches themselves, take longer than usual. See docs/retention.md.
/// Safe to run from several threads and processes at once: each takes what the others left.
///
/// A batch that fails for what it takes or holds (contention), or because a foreign key that does
/// not cascade, or a check, keeps one of its workflows, begins again with half as many, down to one
/// workflow: at most 10 times between two batches that come to their end. Where one alone fails
/// so, the error names it and its place; go on `after` that to step over it.
///
/// Throws error: invalid_input for a policy that contradicts itself, and what a store throws. The
/// batches before the one that failed stay deleted: go on from the last `next` that on_progress
/// got, or make the same call again, which after outcome_unknown is safe too.
purge_report purge(store& where, const purge_policy& policy, const purge_control& control = {});

}  // namespace nava::persistence
