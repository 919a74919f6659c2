// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <cstdlib>
#include <map>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_database.hpp>
#include <nava/workflow/id.hpp>
#include <string>

#include "support/drill.hpp"
#include "support/eventually.hpp"
#include "support/postgresql_places.hpp"
#include "support/skip.hpp"
#include "support/stores.hpp"

/// What the guards share: a database with many workflows, what the server counts of the work on
/// it, and a decision of a known size.
namespace nava::test {

/// Of one table, its indexes and its TOAST table, since the database was made.
struct table_counts {
  std::int64_t seq_scans = 0;
  std::int64_t pages = 0;  ///< touched, in memory or not
  std::int64_t updates = 0;
  std::int64_t hot_updates = 0;
};

using counts = std::map<std::string, table_counts>;  ///< by table

/// The id of a workflow that insert_workflows() made, in SQL.
[[nodiscard]] inline std::string id_in_sql(std::string_view number) {
  return fmt::format(
      "cast(lpad(to_hex(1700000000000 + {0}), 12, '0') || '70008' || lpad(to_hex({0}), 15, '0') "
      "AS uuid)",
      number);
}

/// Workflows `first` to `last` with ten child rows each: one or two in each table, each table
/// filled row by row over all workflows, as they come when many are open.
void insert_workflows(raw_session& raw, int first, int last);

[[nodiscard]] inline std::int64_t pages_of(const counts& of) {
  std::int64_t pages = 0;
  for (const auto& [name, each] : of) pages += each.pages;
  return pages;
}

/// Nava's tables in a database of their own, in which nobody works but the test: autovacuum stays
/// away, and no other session's snapshot keeps dead rows on their pages.
class counted_database {
 public:
  /// Before version 15 the server counted in a process of its own, some time later. Loading needs a
  /// superuser.
  [[nodiscard]] static bool available() {
    if (!postgresql_schema::available() || !needs_superuser()) return false;
    const bool is_new =
        std::stoi(raw_postgresql(postgresql_url(), "public")->value("SHOW server_version_num")) >=
        150'000;
    if (!is_new) skip("NAVA_TEST_POSTGRES is not a server of version 15");
    return is_new;
  }

  counted_database() {
    migrate(persistence::database_url{database_.url()}, options_);
    raw_ = another();
    options_.connections_max = 1;
    for (const auto& table : schema::workflow_database<>::description.tables)
      raw_->run(fmt::format("ALTER TABLE {} SET (autovacuum_enabled = off)", table.name));
  }

  [[nodiscard]] raw_session& raw() { return *raw_; }
  [[nodiscard]] std::unique_ptr<raw_session> another() const {
    return database_.raw(std::string{persistence::default_schema});
  }

  /// insert_workflows(), then ANALYZE, and no VACUUM: the first delete on each page would touch the
  /// visibility map too.
  void load(int first, int last);

  [[nodiscard]] uuid id_of_loaded(int number) {
    return *schema::parse_uuid(
        raw_->value("SELECT " + id_in_sql(fmt::format("{}::bigint", number))));
  }

  /// Opens a store of one connection for `work`, and answers what the server counted of that
  /// session. A session hands in its counts when it ends, before it is gone from the list.
  template <class Work>
  [[nodiscard]] counts counts_of(Work work) {
    const counts before = counts_until_now();
    work_in_session(work);
    counts made = counts_until_now();
    for (auto& [name, each] : made) {
      const table_counts& earlier = before.at(name);
      each.seq_scans -= earlier.seq_scans;
      each.pages -= earlier.pages;
      each.updates -= earlier.updates;
      each.hot_updates -= earlier.hot_updates;
    }
    return made;
  }

 private:
  template <class Work>
  void work_in_session(Work work) {
    const persistence::database_url url{
        with_parameter(database_.url(), "application_name=" + database_.name())};
    work(std::shared_ptr{open_store(url, options_)});
    REQUIRE(eventually([this] {
      return raw_
          ->run("SELECT FROM pg_stat_activity WHERE application_name = '" + database_.name() + "'")
          .empty();
    }));
  }

  [[nodiscard]] counts counts_until_now();

  postgresql_database database_;
  persistence::store_options options_;
  std::unique_ptr<raw_session> raw_;
};

inline void insert_workflows(raw_session& raw, int first, int last) {
  const std::string id = id_in_sql("w::bigint");
  const auto fill = [&](const std::string& columns, const std::string& values, int rows) {
    raw.run(
        fmt::format("INSERT INTO {} SELECT {} FROM generate_series(1, {}) AS r, "
                    "generate_series({}, {}) AS w",
                    columns, values, rows, first, last));
  };
  const std::string at = "'2026-01-01 UTC'::timestamptz";
  raw.run("SET session_replication_role = replica");
  fill(
      "workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, title, status, "
      "progress, revision, last_seq, sys_tag, usr_tag, _created, _updated)",
      id +
          ", 'claim', 1, 'tests', 'claim', 'loaded-' || w, 'Claim', 'ACTIVE', 0, 2, 5, '[]', "
          "'[]', " +
          at + ", " + at,
      1);
  fill(
      "workflow_step (workflow_id, _id, index, step_key, stage_key, title, selector, stm_state, "
      "status, memory)",
      id + ", " + id + ", r, 'approval', 'review', 'Approval', " + id +
          ", '_CREATED', 'ACTIVE', '{}'",
      1);
  fill("workflow_stage (workflow_id, key, stage_name, \"order\", status)",
       id + ", 'review', 'Review', r, 'ACTIVE'", 1);
  fill("workflow_participant (workflow_id, role, user_id)", id + ", 'manager', 'ada'", 1);
  fill("workflow_memory (workflow_id, params, memory, output)", id + ", '{}', '{}', '{}'", 1);
  fill("workflow_mutation (workflow_id, seq, transaction_id, name, action, mutation, at)",
       id + ", r, " + id + ", 'set-memory', 'memorize', '{}', " + at, 2);
  fill("workflow_message (workflow_id, seq, timestamp, source, content)",
       id + ", r + 2, " + at + ", 'workflow', 'a message'", 1);
  fill(
      "workflow_event (workflow_id, seq, transaction_id, event_key, event_name, event_args, "
      "event_data, at)",
      id + ", r + 3, " + id + ", 'event-' || r, 'answered', '{}', '{}', " + at, 2);
  fill("workflow_task (workflow_id, _id, name, status, input, attempt, attempts_max, lease_fence)",
       id + ", " + id + ", 'mail', 'SCHEDULED', '{}', 0, 1, 0", 1);
  fill("workflow_agenda (workflow_id, _id, queue, priority, ts_due, attempt, lease_fence)",
       id + ", " + id + ", 'mail', 0, " + at + ", 0, 0", 1);
  fill("workflow_worklist (workflow_id, step_id, place, principal, ts_due, priority)",
       id + ", " + id + ", 'GROUP', 'managers', " + at + ", 0", 1);
  raw.run("SET session_replication_role = origin");
}

inline void counted_database::load(int first, int last) {
  insert_workflows(*raw_, first, last);
  for (const auto& table : schema::workflow_database<>::description.tables)
    raw_->run(fmt::format("ANALYZE {}", table.name));
}

inline counts counted_database::counts_until_now() {
  raw_->run("SELECT pg_stat_force_next_flush()");
  counts all;
  for (const auto& row : raw_->run(
           "SELECT s.relname, s.seq_scan, io.heap_blks_read + io.heap_blks_hit + "
           "coalesce(io.idx_blks_read + io.idx_blks_hit, 0) + coalesce(io.toast_blks_read + "
           "io.toast_blks_hit, 0) + coalesce(io.tidx_blks_read + io.tidx_blks_hit, 0), "
           "s.n_tup_upd, s.n_tup_hot_upd FROM pg_stat_user_tables AS s JOIN "
           "pg_statio_user_tables AS io USING (relid) WHERE s.schemaname = '" +
           std::string{persistence::default_schema} +
           "' AND s.relname NOT IN ('workflow_definition', 'workflow_inbox', 'workflow_rate', "
           "'workflow_slot', 'workflow_tombstone', 'nava_migration')"))
    all[row[0]] = {std::stoll(row[1]), std::stoll(row[2]), std::stoll(row[3]), std::stoll(row[4])};
  REQUIRE(all.size() == 11);
  return all;
}

/// The next decision after `before`, of the size that the benchmarks commit: the workflow moves on
/// and gets 14 rows, which are 2 steps, 6 mutations, 3 messages and 3 events.
[[nodiscard]] inline nava::unit_of_work decision_of_14_rows(const nava::unit_of_work& before) {
  nava::unit_of_work unit;
  unit.read_revision = before.workflow.revision;
  unit.workflow = before.workflow;
  // As a decision writes them that changes nothing else of the workflow.
  unit.workflow_columns = schema::columns_where<schema::workflow_table>(
      [](std::string_view name) { return name == "_updated"; });
  ++unit.workflow.revision;
  unit.workflow.updated += std::chrono::seconds{1};
  unit.transaction_id = nava::new_id();
  for (int i = 0; i < 2; ++i) {
    auto& step = unit.steps.inserted.emplace_back(before.steps.inserted.front());
    step.id = nava::new_id();
    step.selector = nava::new_id();
    step.index = 2 * unit.workflow.revision + i;
  }
  const std::string text(60, 'x');
  const auto now = unit.workflow.updated;
  const uuid id = unit.workflow.id;
  std::int64_t& seq = unit.workflow.last_seq;
  for (int i = 0; i < 6; ++i)
    unit.mutations.push_back(
        {id, ++seq, unit.transaction_id, "set-memory", "memorize", {}, {{"note", text}}, now});
  for (int i = 0; i < 3; ++i) unit.messages.push_back({id, ++seq, now, "workflow", text});
  for (int i = 0; i < 3; ++i)
    unit.events.push_back({id,
                           ++seq,
                           unit.transaction_id,
                           fmt::format("key-{}", seq),
                           "answered",
                           {},
                           {{"note", text}},
                           {},
                           now});
  return unit;
}

}  // namespace nava::test
