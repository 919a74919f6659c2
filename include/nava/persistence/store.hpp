// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <memory>
#include <nava/persistence/database_url.hpp>
#include <nava/persistence/layout.hpp>
#include <nava/persistence/purge.hpp>
#include <nava/persistence/row_store.hpp>
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

namespace nava::persistence {

inline constexpr std::size_t list_rows_max = 1000;  ///< of one page of list()

struct loaded_workflow {
  workflow_state state;
  bool event_applied = false;  ///< the event key that was asked for is stored
};

struct list_request {
  std::string wfdef_key{};                          ///< empty: any
  std::optional<schema::workflow_status> status{};  ///< none: any
  std::optional<uuid> after{};                      ///< the last id of the page before
  std::size_t limit = 100;                          ///< at most list_rows_max
  bool newest_first = false;                        ///< else the oldest first
};

/// How many rows a workflow has in a table.
struct table_rows {
  std::string_view table;
  std::int64_t rows = 0;
};

/// The seam between deciding and keeping: nine tables in one database. Implementations
/// pass one conformance suite and are safe to use from several threads at once. Every
/// call may throw `error`; a call that throws has written nothing, except that
/// `outcome_unknown` leaves it open until the same call is made again.
///
/// A call waits for connections, for the database and for what other sessions have locked until
/// its deadline, `limit` where it takes one and is given one, else `store_options::call_timeout`
/// from its begin. Then it throws contention, connection_lost or outcome_unknown.
class store : public row_store {
 public:
  /// Stores a workflow that does not exist yet. `conflict`: its id, or its resource under
  /// this definition, is taken; nothing was written.
  [[nodiscard]] virtual commit_result create(const unit_of_work& unit, deadline limit = {}) = 0;

  /// Moves a workflow from `unit.read_revision` to the next, with all that belongs to the
  /// decision, in one atomic commit. `conflict`: it is not at that revision, or the key of the
  /// event that caused the decision is stored already; nothing was written. Running the same unit
  /// again is safe and answers `already_applied`.
  [[nodiscard]] virtual commit_result commit(const unit_of_work& unit, deadline limit = {}) = 0;

  /// The workflow with this id and, in the same snapshot, whether `event_key` has been applied
  /// to it; an empty key is not looked for.
  [[nodiscard]] virtual found<loaded_workflow> load(const uuid& id, std::string_view event_key = {},
                                                    deadline limit = {}) = 0;

  /// The workflows of a resource under any definition, likewise.
  [[nodiscard]] virtual std::vector<loaded_workflow> load(const resource& about,
                                                          std::string_view event_key = {},
                                                          deadline limit = {}) = 0;

  /// The past of a workflow and its state in one snapshot; nothing where there is no such
  /// workflow. All of it is held in memory, up to three times while it is read.
  [[nodiscard]] virtual found<workflow_history> history(const uuid& id) = 0;

  /// Deletes a workflow and, by cascade, all it owns. False where there was none.
  virtual bool erase(const uuid& id, deadline limit = {}) = 0;

  /// Deletes a workflow likewise and returns the rows per table that the deletion removed, counted
  /// in its transaction, the workflow's own first. Empty where there was none. Costs several round
  /// trips more than erase().
  virtual std::vector<table_rows> erase_and_count(const uuid& id) = 0;

  /// Deletes what `policy` means, the longest finished first. A batch is one transaction and, on
  /// PostgreSQL, one statement. A workflow on which another session holds a lock at that moment, or
  /// that is no longer finished by then, is skipped; a new call takes it, and so does not one that
  /// goes on `after` it. What children go with a workflow the database does not say, so they are
  /// not counted. Workflows without a time of finish are never purged.
  ///
  /// Batches begin small and grow towards a duration. While commits of this store run beside them
  /// they stay short, and half of the time is the commits'; they shrink and pause for longer while
  /// those, or the batches themselves, take longer than usual. See docs/retention.md.
  /// Safe to run from several threads and processes at once: each takes what the others left.
  ///
  /// A batch that fails for what it takes or holds (contention), or because a foreign key that does
  /// not cascade, or a check, keeps one of its workflows, begins again with half as many, down to
  /// one workflow: at most 10 times between two batches that come to their end. Where one alone
  /// fails so, the error names it and its place; go on `after` that to step over it.
  ///
  /// Throws error: invalid_input for a policy that contradicts itself, and what a store throws. The
  /// batches before the one that failed stay deleted: go on from the last `next` that on_progress
  /// got, or make the same call again, which after outcome_unknown is safe too.
  virtual purge_report purge(const purge_policy& policy, const purge_control& control = {}) = 0;

  /// Rows per table that erase would remove, the workflow's own first.
  [[nodiscard]] virtual std::vector<table_rows> count_rows(const uuid& id) = 0;

  /// A page of workflows in the order of their ids, or in the reverse of it. That is the order of
  /// their creation: exactly for those of one process, by the clocks for those of several.
  [[nodiscard]] virtual std::vector<schema::workflow> list(const list_request& request) = 0;

  /// Stores each definition unless its key and revision are there, and returns what is
  /// stored under them afterwards, in the same order.
  virtual std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) = 0;
};

struct store_options {
  enum class schema_policy {
    by_database,  ///< `migrate` on SQLite; `expect` on PostgreSQL, where `nava migrate` is told to
    migrate,      ///< bring an older database up to date, make tables that are missing
    expect        ///< throw incompatible_schema or not_found instead, and change nothing
  };
  schema_policy on_older = schema_policy::by_database;
  std::string schema = "nava";      ///< database schema on PostgreSQL
  std::size_t connections_max = 8;  ///< of the pool; on SQLite, of readers
  /// Of one call: for connections, for the database and for what other sessions have locked.
  std::chrono::milliseconds call_timeout{30'000};
  std::chrono::milliseconds connection_wait{10'000};  ///< for a free connection
  /// Commits that come while others are on their way to the database join into one transaction of
  /// at most so many; each still applies or conflicts by itself. 1: each has its own.
  std::size_t commits_joined_max = 32;
  /// Of tables that are made. Those that are there keep theirs: to ask for `partitioned` and come
  /// upon a plain database is invalid_input.
  persistence::layout layout = persistence::layout::plain;
  partition_interval partition_every{};  ///< where the layout is partitioned
};

/// Opens a database. Throws `error`: not_found, connection_lost, incompatible_schema,
/// invalid_input.
[[nodiscard]] std::unique_ptr<store> open_store(const database_url& url,
                                                const store_options& options = {});

struct migration_report {
  int version_before = 0;
  int version_after = 0;
};

/// Applies the migrations that a database lacks, all of them or none. Safe to run from
/// several processes at once: one works, the others wait and find nothing to do.
migration_report migrate(const database_url& url, const store_options& options = {});

}  // namespace nava::persistence
