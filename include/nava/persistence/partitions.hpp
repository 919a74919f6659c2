// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <nava/persistence/database_url.hpp>
#include <nava/persistence/layout.hpp>
#include <nava/workflow/error.hpp>
#include <optional>
#include <string>
#include <vector>

namespace spdlog {
class logger;
}

/// Upkeep of the partitioned layout: partitions are made before they are needed, and those whose
/// workflows are no longer wanted are dropped, not deleted row by row: what grows with the
/// partition is a look at each of its workflows, the rows of other tables, and the size of files.
/// Call it once a day; `nava partitions` does. Without it workflows are stored as well, in the
/// default partition.
namespace nava::persistence {

inline constexpr int partitions_ahead_max = 120;

struct partition_options {
  int ahead = 3;  ///< intervals after the current one; 0 to partitions_ahead_max
  /// Drop a partition when it ended so long ago and every workflow in it finished so long ago.
  std::optional<std::chrono::hours> drop_older_than{};
  bool dry_run = false;  ///< only say what would be done
  /// For each lock. While upkeep waits for one, so does everybody who comes after it. Shorter than
  /// the server's deadlock_timeout, so that in a deadlock it is upkeep that gives way.
  std::chrono::milliseconds lock_wait{500};
  /// Before that, for each partition that is being vacuumed; readers and writers do not wait then.
  /// Longer than the server's deadlock_timeout, after which autovacuum gives way; a VACUUM that
  /// somebody runs, or one against wraparound, does not.
  std::chrono::milliseconds vacuum_wait{5'000};
  /// What counts as now; none: the server's clock.
  std::optional<timestamp> now{};
  std::shared_ptr<spdlog::logger> logger{};  ///< as store_options::logger
};

/// A partition of each of the nine tables.
struct partition_set {
  partition_range range;
  std::int64_t workflows = 0;
  std::int64_t rows_estimate = 0;  ///< of all nine tables, by the server's statistics
};

struct dropped_partition {
  partition_set what;
  /// Since the nine tables were asked for until their files were gone, over all tries: others
  /// waited that long at most. Zero in a dry run.
  std::chrono::microseconds took{};
};

/// One that is not made, or not dropped although it ended long enough ago.
struct kept_partition {
  partition_set what;
  std::string reason;
};

struct partition_report {
  partition_interval every;
  std::vector<partition_range> made;  ///< or, in a dry run, to be made
  std::vector<dropped_partition> dropped;
  std::vector<kept_partition> kept;
  std::int64_t default_rows_estimate = 0;  ///< in the default partitions
};

/// Makes and drops partitions. Each is one transaction, which locks the nine tables against
/// everybody, and gives way and tries again, up to 10 times, where it does not get its locks within
/// `lock_wait`. Under the locks of a drop it looks at each workflow of the partition (1.5 µs each,
/// or 10 µs while there are many earlier ones or dead rows) and deletes the rows of other tables
/// that refer to them, one by one; what else grows is the removal of files, after the locks are
/// released. docs/partitioning.md has figures. One whose locks others hold is kept and the next
/// ones go on; where one cannot be made for that reason, it throws contention.
///
/// May run in several processes at once, beside any store: each partition is in the report of the
/// one that dropped it. A workflow that is committed to in the meantime is not dropped: its
/// partition is kept.
///
/// Rows of other tables go with the workflows that they refer to where their key is ON DELETE
/// CASCADE; where other rows refer to a workflow, its partition is kept. A key of another table to
/// a child of workflow, such as workflow_step, keeps all of them. Needs the owner of the tables.
/// Throws error: invalid_input (SQLite, a plain layout, options out of range), not_found (no such
/// tables), contention, incompatible_schema (nobody knows the interval), connection_lost, other.
partition_report maintain_partitions(const database_url& url,
                                     const partition_options& options = {});

}  // namespace nava::persistence
