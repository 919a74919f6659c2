// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <nava/export.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/persistence/inbox.hpp>
#include <nava/persistence/key_ring.hpp>
#include <nava/persistence/layout.hpp>
#include <nava/persistence/notices.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/persistence/row_store.hpp>
#include <nava/persistence/task_queue.hpp>
#include <nava/persistence/tombstones.hpp>
#include <nava/persistence/workflow_list.hpp>
#include <nava/persistence/worklist.hpp>
#include <nava/schema/description.hpp>
#include <nava/workflow/deadline.hpp>
#include <nava/workflow/error.hpp>
#include <nava/workflow/found.hpp>
#include <nava/workflow/resource.hpp>
#include <nava/workflow/unit_of_work.hpp>
#include <nava/workflow/workflow_history.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spdlog {
class logger;
}

namespace nava::persistence {

/// A value, as all arguments and results here: threads may read one object.
struct loaded_workflow {
  workflow_state state;        ///< without finished tasks
  bool event_applied = false;  ///< the event key that was asked for is stored
};

/// A part of a workflow's past. Its mutations, messages and events share one count, `seq`, which
/// begins at 1 and ends at `workflow::last_seq`. The decisions of a definition leave no gap.
struct history_request {
  std::int64_t after_seq = 0;  ///< the last `seq` that is left out
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();  ///< how many `seq` from there
};

/// How many rows a workflow has in a table.
struct table_rows {
  std::string_view table;  ///< one of the eleven; refers to static storage
  std::int64_t rows = 0;   ///< those of the one workflow
};

/// The seam between deciding and keeping: the eleven workflow tables, the inbox and the table of
/// definitions in one database. All implementations pass one conformance suite. Thread-safe.
///
/// A call waits for connections, for the database and for locks of other sessions until its
/// deadline: `limit`, else `store_options::call_timeout` from its begin. Then it throws contention,
/// connection_lost or outcome_unknown, up to a second later where it asks who holds the lock.
///
/// Every call may throw error. Then it has written nothing, except that outcome_unknown leaves this
/// open until the same call is made again, and that batches of purge() stay.
class NAVA_EXPORT store : public row_store,
                          public task_queue,
                          public event_inbox,
                          public worklists,
                          public notice_board {
 public:
  /// Stores a workflow that does not exist yet. `conflict`: its id, or its resource under this
  /// definition, is taken. Running the same unit again is safe and returns `already_applied`.
  /// Throws error (deleted) too, where store_options::tombstones are on and one refuses it. They
  /// cost it a transaction of its own on PostgreSQL: three round trips more.
  [[nodiscard]] virtual commit_result create(const unit_of_work& unit, deadline limit = {}) = 0;

  /// Moves a workflow from `unit.read_revision` to the next, with all rows of the unit, in one
  /// atomic commit. `conflict`: the workflow is not at that revision, or the key of the unit's
  /// cause is stored. Running the same unit again is safe and returns `already_applied`.
  [[nodiscard]] virtual commit_result commit(const unit_of_work& unit, deadline limit = {}) = 0;

  /// Returns the workflow with this id and, from the same snapshot, whether `event_key` is stored;
  /// an empty key is not looked for. Empty where there is no such workflow.
  [[nodiscard]] virtual found<loaded_workflow> load(const uuid& id, std::string_view event_key = {},
                                                    deadline limit = {}) = 0;

  /// Returns the same for the workflows of a resource under any definition, by id.
  [[nodiscard]] virtual std::vector<loaded_workflow> load(const resource& about,
                                                          std::string_view event_key = {},
                                                          deadline limit = {}) = 0;

  /// Returns the past of a workflow, or the part that is asked for, with its state and all of its
  /// tasks, in one snapshot; nothing where there is no such workflow. It is held in memory up to
  /// three times while it is read. Throws error: invalid_input where after_seq is negative or limit
  /// is below 1.
  [[nodiscard]] virtual found<workflow_history> history(const uuid& id,
                                                        const history_request& part = {},
                                                        deadline limit = {}) = 0;

  /// Deletes a workflow and, by cascade, all it owns. Returns false where there was none. A foreign
  /// key to it that does not cascade makes it throw foreign_key, a legal hold legal_hold.
  virtual bool erase(const uuid& id, deadline limit = {}) = 0;

  /// Deletes as erase() does. Returns the deleted rows of each of the eleven tables, counted in its
  /// transaction, `workflow` first; empty where there was none. Costs several round trips more.
  virtual std::vector<table_rows> erase_and_count(const uuid& id) = 0;

  /// Deletes the workflows of `policy` and, by cascade, all they own, the longest finished first. A
  /// batch is one transaction and, on PostgreSQL, one statement; call_timeout bounds each. Skips a
  /// workflow that another session has locked or that is no longer finished: a new call deletes it,
  /// a call resumed from `after` has already passed it. Never deletes a workflow without ts_finish.
  /// Several threads and processes may purge at once: each takes what the others left.
  ///
  /// Slow start, then AIMD: batches grow 16-fold until they take 200 ms, then by an eighth, and
  /// halve where batches or commits of this store are slow. Beside commits on PostgreSQL it pauses
  /// at least half of the time. See docs/retention.md.
  ///
  /// A batch that fails with contention, foreign_key or check begins again with half as many
  /// workflows, down to one: at most 10 times in a row. Where one workflow alone fails, the error
  /// names it and its place; pass that as `after` to step over it. Those under a legal hold stay.
  ///
  /// After an error, also outcome_unknown, earlier batches stay deleted. Go on from the last `next`
  /// that on_progress got, or make the same call again.
  virtual purge_report purge(const purge_policy& policy, const purge_control& control = {}) = 0;

  /// Returns the rows of each of the eleven tables that erase() would delete, `workflow` first;
  /// zeros where there is none.
  [[nodiscard]] virtual std::vector<table_rows> count_rows(const uuid& id) = 0;

  /// Returns a page of the workflows that match. Throws error: invalid_input too, for a place in a
  /// list of another order, or both places.
  [[nodiscard]] virtual list_page list(const list_request& request, deadline limit = {}) = 0;

  /// Returns a page of the workflows that some of `parents` have started as their children, by id:
  /// up to list_rows_max beyond `after`.
  [[nodiscard]] virtual std::vector<schema::workflow> list_children(
      std::span<const uuid> parents, const std::optional<uuid>& after = {}) = 0;

  /// Stores each definition whose key and revision are not there. Returns the rows that are stored
  /// under all of them afterwards, in the same order.
  virtual std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) = 0;
};

/// How open_store() opens a database, and how the store works.
struct store_options {
  /// What open_store() does where Nava's tables are missing, or older than this program.
  enum class schema_policy {
    by_database,  ///< `migrate` on SQLite, `expect` on PostgreSQL
    migrate,      ///< bring an older database up to date, make tables that are missing
    expect        ///< change nothing: throw incompatible_schema, or not_found for a SQLite file
  };
  schema_policy on_older = schema_policy::by_database;  ///< newer tables are always refused
  /// Gets what is logged, from several threads at once. Null: the logger `nava` in spdlog's
  /// registry when the database is opened, else one that writes warnings and errors to standard
  /// error. An application that makes a logger links spdlog::spdlog.
  std::shared_ptr<spdlog::logger> logger{};
  std::size_t connections_max = 8;  ///< of the pool; on SQLite, of readers
  /// The time of one call: for connections, for the database and for locks of other sessions.
  std::chrono::milliseconds call_timeout{30'000};
  std::chrono::milliseconds connection_wait{10'000};  ///< for a free connection, within a call
  /// Group commit: the most commits in one transaction. Each still applies or conflicts by itself.
  /// 1: each has its own.
  std::size_t commits_joined_max = 32;
  /// Of tables that are made. Asking for `partitioned` where tables are plain is invalid_input
  /// where the call migrates. A call that expects tables takes them as they are.
  persistence::layout layout = persistence::layout::plain;
  partition_interval partition_every{};  ///< where the layout is partitioned
  tombstone_policy tombstones{};  ///< of workflows that this store deletes, and for its creations
  /// Seals the payloads of workflows: params, memory, output, the content of mutations, messages,
  /// events and tasks. None: they are stored as they are, and sealed ones cannot be read. A deletion
  /// leaves the key to destroy_orphaned_keys().
  std::shared_ptr<key_ring> keys{};
  /// What counts as now for tasks, timers and tombstones on SQLite; none: the system's clock. A
  /// server has its own: with a clock given, opening it is invalid_input. Called by several
  /// threads.
  std::function<timestamp()> clock{};
  /// Tables of the application, such as `workflow_database<…>::extensions`, to make in a database
  /// in memory. In any other, its migrations make them: giving them is invalid_input.
  schema::database_description extensions{};
};

/// Opens a database and connects to it. Thread-safe. Throws error: not_found (SQLite: no such
/// file), connection_lost, contention, incompatible_schema, invalid_input; as migrate() where it
/// migrates.
[[nodiscard]] NAVA_EXPORT std::unique_ptr<store> open_store(const database_url& url,
                                                            const store_options& options = {});

/// The versions of a set of migrations, which are the same where there was nothing to do.
struct migration_report {
  int version_before = 0;  ///< 0 where no migration had been applied
  int version_after = 0;   ///< less than version_before after going down
};

/// Applies Nava's migrations that a database lacks, all of them or none. On PostgreSQL it waits for
/// locks without a deadline. Several processes may call it at once: one works, the others wait and
/// find nothing to do. Thread-safe. Throws as the function in migration.hpp does.
NAVA_EXPORT migration_report migrate(const database_url& url, const store_options& options = {});

}  // namespace nava::persistence
