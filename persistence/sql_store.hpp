// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>

#include "persistence/commit/commit_queue.hpp"
#include "persistence/connection/connection_pool.hpp"
#include "persistence/connection/lock_wait.hpp"
#include "persistence/inbox/inbox_statements.hpp"
#include "persistence/list/list_statement.hpp"
#include "persistence/purge/commit_latency.hpp"
#include "persistence/purge/finished_batch.hpp"
#include "persistence/sealing/payload_seal.hpp"
#include "persistence/worklist/worklist_statement.hpp"

namespace nava::persistence {

class finished_arguments;

/// What deletions leave and creations look for. `now` and `expires` are NULL where the database has
/// a clock.
struct tombstone_statements {
  ///@{
  /// Run before the deletion, in its transaction; empty where the deletion itself stores them.
  statement insert;              ///< id, expires -> nothing
  statement insert_of_finished;  ///< finished_arguments, expires -> nothing
  ///@}
  statement find;  ///< id of a stored workflow, now -> key, ts_expire of a tombstone of it
  statement remove_expired;  ///< now -> a row for each, up to tombstones_removed_at_once
};

/// The statements that both databases have, each in its own dialect, with the same parameters
/// and results.
struct query_set {
  statement was_applied;           ///< id, seq, transaction id -> a row if that event is stored
  statement load_by_id;            ///< event key, id -> a table and a row of it, for each row
  statement load_by_resource;      ///< event key, resource id, resource name -> likewise
  statement history;               ///< id, after_seq, last_seq -> likewise
  statement erase;                 ///< id -> id, if it was there and under no legal hold
  statement system_tags;           ///< id -> sys_tag as JSON
  statement count_rows;            ///< id -> table, rows
  statement list_children;         ///< ids as JSON, after, limit -> workflow as JSON
  statement register_definitions;  ///< rows as JSON -> nothing
  statement definition;            ///< key, revision -> definition as JSON
  statement count_finished;        ///< finished_arguments -> workflows, place of the next batch
  statement count_held;            ///< those of a walk -> workflows, place of the next walk
  statement erase_finished;        ///< finished_arguments -> each database its own
  tombstone_statements tombstones;
  inbox_statements inbox;
  list_dialect list;
  worklist_dialect worklist;
};

/// Statements that are made when they are first needed, under a text that tells them apart, and
/// kept, so that connections prepare each of them once. Thread-safe.
class statement_cache {
 public:
  template <class Make>
  const statement& get(const std::string& key, Make make) {
    const std::lock_guard lock{mutex_};
    const auto found = made_.find(key);
    return found != made_.end() ? found->second : made_.emplace(key, make()).first->second;
  }

  /// Null where there is none.
  [[nodiscard]] const statement* find(const std::string& key) const {
    const std::lock_guard lock{mutex_};
    const auto found = made_.find(key);
    return found != made_.end() ? &found->second : nullptr;
  }
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock{mutex_};
    return made_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, statement> made_;
};

/// What the stores have in common: everything but how a unit of work is applied.
class sql_store : public store, public finished_batches {
 public:
  [[nodiscard]] commit_result create(const unit_of_work& unit, deadline limit) override;
  [[nodiscard]] commit_result commit(const unit_of_work& unit, deadline limit) override;
  [[nodiscard]] found<loaded_workflow> load(const uuid& id, std::string_view event_key,
                                            deadline limit) override;
  [[nodiscard]] std::vector<loaded_workflow> load(const resource& about, std::string_view event_key,

                                                  deadline limit) override;
  [[nodiscard]] found<workflow_history> history(const uuid& id, const history_request& part,
                                                deadline limit) override;
  bool erase(const uuid& id, deadline limit) override;
  std::vector<table_rows> erase_and_count(const uuid& id) override;
  purge_report purge(const purge_policy& policy, const purge_control& control) override;
  finished_batch erase_finished(const finished_request& request) override;
  [[nodiscard]] finished_batch count_finished(const finished_request& request) override;
  [[nodiscard]] finished_batch count_held(const finished_request& request) override;
  [[nodiscard]] std::vector<table_rows> count_rows(const uuid& id) override;
  [[nodiscard]] list_page list(const list_request& request, deadline limit) override;
  [[nodiscard]] std::vector<schema::workflow> list_children(
      std::span<const uuid> parents, const std::optional<uuid>& after) override;
  [[nodiscard]] worklist_page worklist(const worklist_request& request, deadline limit) override;
  [[nodiscard]] worklist_count count_worklist(const worklist_request& request,
                                              deadline limit) override;
  std::vector<schema::workflow_definition> register_definitions(
      std::span<const schema::workflow_definition> definitions) override;
  std::int64_t store_event(const schema::workflow_inbox& event, deadline limit) override;
  [[nodiscard]] std::vector<schema::workflow_inbox> list_events(const inbox_list& request,
                                                                deadline limit) override;
  std::size_t retry_events(std::span<const std::int64_t> seqs, deadline limit) override;
  std::size_t discard_events(std::span<const std::int64_t> seqs, deadline limit) override;
  std::size_t write_rows(const schema::table_description& table, verb what,
                         json::array rows) override;
  [[nodiscard]] std::vector<json::object> related_rows(const related_request& what,
                                                       json::array keys) override;

  /// Commits that wait to be joined; for tests.
  [[nodiscard]] std::size_t commits_waiting() const { return commits_.waiting(); }

 protected:
  sql_store(query_set made, const store_options& options, std::size_t flights, row_form form);

  /// One unit in a transaction of its own.
  virtual commit_result apply(verb root, const ready_unit& unit, deadline limit) = 0;

  /// Units that move different workflows on, in one transaction; says which of them it applied.
  /// It waits for no workflow that another session holds.
  virtual std::vector<bool> apply_all(std::span<const ready_unit* const> units, deadline limit) = 0;

  [[nodiscard]] virtual connection_pool::lease reader(deadline limit) = 0;
  [[nodiscard]] virtual connection_pool::lease writer(deadline limit) = 0;

  /// The store's own clock, where the database has none.
  [[nodiscard]] virtual std::optional<timestamp> own_time() const { return std::nullopt; }

  /// The same as text, or a time after it.
  [[nodiscard]] std::optional<std::string> own_time_text(std::chrono::seconds later = {}) const;

  /// Which sessions keep others from writing to a workflow, as text for people; empty where the
  /// database does not tell.
  [[nodiscard]] virtual std::string lock_holders(const uuid& id);

  /// Deletes a batch of finished workflows in a transaction of its own.
  [[nodiscard]] virtual finished_batch erase_batch(connection& on,
                                                   const finished_arguments& what) const = 0;
  /// Deletes a workflow in a transaction of its own; false where it is not there, or under a hold.
  [[nodiscard]] virtual bool erase_alone(connection& on, const std::string& id) const;
  /// The same in the transaction under way.
  [[nodiscard]] virtual bool erase_within(connection& on, const std::string& id) const;
  /// Counts a workflow's rows and deletes it, in a transaction that keeps its commits out.
  [[nodiscard]] std::vector<table_rows> erase_counted(connection& on, const uuid& id) const;
  /// The same in a transaction of its own.
  virtual std::vector<table_rows> erase_counted(const uuid& id, deadline limit) = 0;
  /// rows as JSON -> numbers whose sum is how many were written
  [[nodiscard]] virtual statement rows_statement(const schema::table_description& table,
                                                 verb what) const = 0;
  /// The same, made once.
  [[nodiscard]] const statement& kept_rows_statement(const schema::table_description& table,
                                                     verb what);
  /// keys as JSON, and the limit if there is one -> rows as JSON
  [[nodiscard]] virtual statement related_statement(const related_request& what) const = 0;

  /// Why a unit did not apply: by a statement of its own, since the snapshot of the one that
  /// waited for another commit is older than that commit.
  [[nodiscard]] commit_result tell_apart(connection& on, const ready_unit& unit) const;

  /// After a unit has created a workflow, before its transaction ends: a look before it, or by the
  /// statement that creates, would miss the tombstone of a deletion that the statement waited for.
  void expect_no_tombstone(connection& on, const uuid& id) const;

  [[nodiscard]] const tombstone_policy& tombstones() const { return tombstones_; }
  [[nodiscard]] const query_set& queries() const { return queries_; }
  [[nodiscard]] lock_wait& locks() { return locks_; }
  [[nodiscard]] payload_seal& seal() { return seal_; }
  /// Unseals the tasks of a claim. Those that it cannot unseal are given back, with their attempts;
  /// throws error where the key ring fails and no task is left.
  void open_or_give_back(claimed_tasks& claimed, std::chrono::milliseconds lease, deadline limit);
  [[nodiscard]] deadline of_call(deadline given = {}) const {
    return given.value_or(deadline::in(call_timeout_));
  }

  /// Timed are the commits, and marked the batches of purges that they may suffer from.
  [[nodiscard]] commit_latency& latency() { return latency_; }

 private:
  [[nodiscard]] std::vector<connection::row> read(const statement& what,
                                                  std::span<const connection::argument> arguments,
                                                  deadline limit);
  [[nodiscard]] std::vector<connection::row> read(
      const statement& what, std::initializer_list<connection::argument> arguments, deadline limit);
  [[nodiscard]] std::vector<connection::row> rows_of(const worklist_query& query, deadline limit);
  std::size_t change_events(const statement& how, std::span<const std::int64_t> seqs,
                            deadline limit);
  void expect_not_kept(connection& on, const uuid& id) const;
  void remove_expired_tombstones(const std::stop_token& stop);
  [[nodiscard]] bool has_sealed_rows(const uuid& id, deadline limit);
  void open_readable(std::vector<loaded_workflow>& loaded, deadline limit);
  [[nodiscard]] ready_unit ready(const unit_of_work& unit, verb root, deadline limit);
  template <class Statement>
  auto await_workflow(const uuid& id, deadline limit, Statement statement);

  const row_form form_;
  const std::chrono::milliseconds call_timeout_;
  const tombstone_policy tombstones_;
  const std::shared_ptr<spdlog::logger> log_;
  const query_set queries_;
  statement_cache statements_;
  payload_seal seal_;
  commit_latency latency_;
  lock_wait locks_;
  commit_queue commits_;
};

}  // namespace nava::persistence
