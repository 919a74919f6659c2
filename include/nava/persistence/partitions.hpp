// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nava/export.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/persistence/layout.hpp>
#include <nava/persistence/tombstones.hpp>
#include <nava/workflow/error.hpp>
#include <optional>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

/// Upkeep of the partitioned layout: partitions are made before they are needed, and those whose
/// workflows finished long ago are dropped. Call it once a day, or run `nava partitions`. Without
/// it workflows are stored in the default partition. Values: threads may read one object.
namespace nava::persistence {

/// The most intervals that are made ahead.
inline constexpr int partitions_ahead_max = 120;

/// Options of maintain_partitions(). Both waits are at least 1 ms.
struct partition_options {
  int ahead = 3;  ///< intervals after the current one; 0 to partitions_ahead_max
  /// Drops a partition that ended so long ago and whose workflows all finished so long ago. None:
  /// drops none. 0 to purge_age_max.
  std::optional<std::chrono::hours> drop_older_than{};
  bool dry_run = false;           ///< only say what would be done
  tombstone_policy tombstones{};  ///< of workflows that are dropped
  /// The longest wait for each lock; sessions that come later wait behind it. Keep it shorter than
  /// the server's deadlock_timeout, so that in a deadlock upkeep gives way.
  std::chrono::milliseconds lock_wait{500};
  /// The longest wait before that for a VACUUM of each partition, which blocks no reader or writer.
  /// Keep it longer than the server's deadlock_timeout, after which autovacuum gives way. A VACUUM
  /// by hand, or against wraparound, does not give way.
  std::chrono::milliseconds vacuum_wait{5'000};
  /// What counts as now; none: the server's clock.
  std::optional<timestamp> now{};
  std::shared_ptr<spdlog::logger> logger{};  ///< as store_options::logger
};

/// A partition of each of the nine partitioned tables.
struct partition_set {
  partition_range range;           ///< of the times in the ids of the workflows
  std::int64_t workflows = 0;      ///< counted, not estimated; 0 where nothing was counted
  std::int64_t rows_estimate = 0;  ///< of all of them, by the server's statistics
};

/// A partition that was dropped; in a dry run: that would be dropped.
struct dropped_partition {
  partition_set what;  ///< with the number of workflows that are dropped with it
  /// From the request for the locks until the files were removed, over all tries: the longest that
  /// others waited. Zero in a dry run.
  std::chrono::microseconds took{};
};

/// A partition that is not made, or not dropped although it ended long enough ago.
struct kept_partition {
  partition_set what;  ///< with 0 workflows where it is not made
  std::string reason;  ///< for people
};

/// What maintain_partitions() has done.
struct partition_report {
  partition_interval every;                ///< the interval that the tables were made with
  std::vector<partition_range> made;       ///< by time; in a dry run: that would be made
  std::vector<dropped_partition> dropped;  ///< by time; in a dry run: that would be dropped
  std::vector<kept_partition> kept;        ///< those not made, then those not dropped
  std::int64_t default_rows_estimate = 0;  ///< in the default partitions
};

/// Makes and drops partitions, each in one transaction that locks those tables against
/// everybody. Without its locks within `lock_wait` it gives way and tries again, up to 10 times.
/// Then a partition to drop is kept, and one to make throws contention.
///
/// A drop checks each workflow of the partition again under its locks: 1.5 µs each, or 10 µs beside
/// many earlier or dead rows (docs/partitioning.md). One that is no longer finished keeps the
/// partition. A drop deletes the rows of other tables that refer to its workflows ON DELETE
/// CASCADE, one by one. Any other key with a row keeps the partition; a key to a child of workflow,
/// such as workflow_step, keeps every partition.
///
/// With tombstones, a drop stores them before it locks, in short transactions, and looks again
/// under its locks. At its end the call removes those that have expired.
///
/// Thread-safe; several processes may call it beside any store. Each partition is in the report of
/// the one that dropped it. Needs the owner of the tables. Throws error: invalid_input (SQLite, no
/// partitioned tables, options out of range), contention, incompatible_schema (the interval is
/// unknown), connection_lost, outcome_unknown (call again: it does what is left), other. Partitions
/// that were made or dropped before stay so.
NAVA_EXPORT partition_report maintain_partitions(const database_url& url,
                                                 const partition_options& options = {});

}  // namespace nava::persistence
