// SPDX-License-Identifier: Apache-2.0
#include <deque>
#include <nava/nava.hpp>

#include "integration/guards/guard_counts.hpp"
#include "persistence/commit/unit_parts.hpp"
#include "persistence/postgresql/connection/server_connection.hpp"
#include "persistence/postgresql/statements/server_statements.hpp"
#include "support/purge_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr std::uint64_t deep_number = 1;  // of a workflow with many steps and events
constexpr int deep_rows = 1'000;
constexpr int listed_after = 1'500;
constexpr int rounds_before = 7;  // the server makes a generic plan at the sixth
constexpr int rounds_after = 10;

// Nava's tables in a database of their own, which nobody analyzes but the test.
class growing_database {
 public:
  explicit growing_database(persistence::layout made) {
    options_.layout = made;
    options_.connections_max = 1;
    migrate(persistence::database_url{database_.url()}, options_);
    raw_ = database_.raw(std::string{persistence::default_schema});
    for (const auto& table : raw_->run("SELECT relname FROM pg_class WHERE relkind = 'r' AND "
                                       "relnamespace = 'nava'::regnamespace"))
      raw_->run(fmt::format("ALTER TABLE \"{}\" SET (autovacuum_enabled = off)", table.front()));
  }

  [[nodiscard]] std::string url() const { return database_.url(); }
  [[nodiscard]] const store_options& options() const { return options_; }
  [[nodiscard]] raw_session& raw() { return *raw_; }

  // Workflows `first` to `last`, and as many that finished long ago.
  void insert(int first, int last) {
    if (first > last) return;
    insert_workflows(*raw_, first, last);
    raw_->run("SET session_replication_role = replica");
    raw_->run(fmt::format(
        "INSERT INTO workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, "
        "title, status, progress, revision, last_seq, ts_finish, sys_tag, usr_tag, _created, "
        "_updated) SELECT {}, 'claim', 1, 'tests', 'claim', 'finished-' || n, 'Claim', "
        "'COMPLETED', 1, 2, 0, '2020-01-01 UTC'::timestamptz + n * interval '1 s', '[]', '[]', "
        "now(), now() FROM generate_series({}::bigint, {}) AS n",
        id_in_sql("(1000000 + n)"), first, last));
    if (options_.layout == layout::partitioned)
      raw_->run(
          fmt::format("INSERT INTO workflow_resource (wfdef_key, resource_name, resource_id, "
                      "workflow_id) SELECT 'claim', 'claim', 'loaded-' || n, {} FROM "
                      "generate_series({}::bigint, {}) AS n",
                      id_in_sql("n"), first, last));
    raw_->run("SET session_replication_role = origin");
  }

  // Steps and events that no plan has heard of; no trigger of the same connection looks for their
  // workflow.
  void deepen(const uuid& id) {
    raw_->run("SET session_replication_role = replica");
    raw_->run(fmt::format(
        "INSERT INTO workflow_step (workflow_id, _id, index, step_key, stage_key, title, selector, "
        "stm_state, status, memory) SELECT '{}', md5('step' || n)::uuid, n, 'approval', 'review', "
        "'Approval', md5('selector' || n)::uuid, '_CREATED', 'ACTIVE', '{{}}' FROM "
        "generate_series(1, {}) AS n",
        schema::to_text(id), deep_rows));
    raw_->run(fmt::format(
        "INSERT INTO workflow_event (workflow_id, seq, transaction_id, event_key, event_name, "
        "event_args, event_data, at) SELECT '{}', 1000000 + n, md5('event' || n)::uuid, 'deep-' || "
        "n, 'answered', '{{}}', '{{}}', now() FROM generate_series(1, {}) AS n",
        schema::to_text(id), deep_rows));
    raw_->run("SET session_replication_role = origin");
  }

  struct reads {
    std::int64_t scans = 0;
    std::int64_t rows = 0;  ///< entries of indexes, and rows that scans passed
  };

  // Of each table with its partitions, when no session but ours is left, since a session hands in
  // its counts when it ends.
  std::map<std::string, reads> read_until_now() {
    REQUIRE(eventually([this] {
      return raw_
          ->run(
              "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> "
              "pg_backend_pid() AND backend_type = 'client backend'")
          .empty();
    }));
    raw_->run("SELECT pg_stat_force_next_flush()");
    std::map<std::string, reads> all;
    for (const auto& row : raw_->run(
             "SELECT c.relname, sum(s.seq_scan), sum(s.seq_tup_read + coalesce(i.rows, 0)) FROM "
             "pg_stat_user_tables AS s JOIN pg_class AS c ON c.oid = coalesce(pg_partition_root("
             "s.relid), s.relid) LEFT JOIN (SELECT relid, sum(idx_tup_read) AS rows FROM "
             "pg_stat_user_indexes GROUP BY relid) AS i ON i.relid = s.relid WHERE s.schemaname = "
             "'nava' AND c.relname NOT IN ('nava_migration', 'workflow_definition') GROUP BY "
             "c.relname"))
      all[row[0]] = {std::stoll(row[1]), std::stoll(row[2])};
    return all;
  }

 private:
  postgresql_database database_;
  persistence::store_options options_;
  std::unique_ptr<raw_session> raw_;
};

// Two sessions that run every statement of a store again and again: one is the store's, the other
// commits several units at once.
class hot_statements {
 public:
  explicit hot_statements(growing_database& database)
      : last_loaded_(*schema::parse_uuid(
            database.raw().value("SELECT " + id_in_sql(fmt::format("{}::bigint", listed_after))))),
        store_(open_store(database_url{database.url()}, database.options())),
        commit_all_(postgresql::commit_all_statement(
            "nava", database.options().layout,
            postgresql::unit_shape{}.set() >>
                (postgresql::unit_shape{}.size() - child_parts().size()),
            {})),
        session_(database_url{database.url()}) {
    session_.run_script(postgresql::plan_settings(database.options().layout));
    REQUIRE(store_->create(deep_) == commit_result::applied);
    REQUIRE(store_->create(other_) == commit_result::applied);
  }

  void run(int rounds) {
    for (int i = 0; i < rounds; ++i) {
      commit();
      commit_together();
      live();
      walk();
    }
  }

  [[nodiscard]] const uuid& deep_id() const { return deep_.workflow.id; }

  // Each along its index: without it, what nobody has is looked for in all workflows, and the
  // newest open ones behind all that have finished.
  void list_all() {
    for (const bool is_newest_first : {false, true}) {
      const auto listed = [&](list_request request) {
        request.newest_first = is_newest_first;
        request.limit = 5;
        const auto page = store_->list(request);
        request.after = page.next;
        if (!page.next.empty()) (void)store_->list(request);
        return page.workflows.size();
      };
      REQUIRE(listed({.owner_id = "nobody"}) == 0);
      REQUIRE(listed({.company_id = "nobody"}) == 0);
      (void)listed({.statuses = {schema::workflow_status::active}});
      (void)listed({.order = list_order::finished});
      (void)listed({.finished = {.from = instant(0)}, .order = list_order::finished});
      (void)listed({.finished = {.before = instant(0)}, .order = list_order::finished});
    }
  }

 private:
  void commit() {
    deep_ = next_unit(deep_);
    REQUIRE(store_->commit(deep_) == commit_result::applied);
    REQUIRE(store_->commit(deep_) == commit_result::already_applied);
  }

  void commit_together() {
    deep_ = next_unit(deep_);
    other_ = next_unit(other_);
    const ready_unit units[]{{deep_, verb::update}, {other_, verb::update}};
    std::vector<std::string> values{fmt::format("[{},{}]", units[0].root, units[1].root)};
    for (std::size_t part = 0; part < child_parts().size(); ++part) {
      const std::string &one = units[0].children[part], &two = units[1].children[part];
      values.push_back(fmt::format("[{}{}{}]", one, one.empty() || two.empty() ? "" : ",", two));
    }
    const std::vector<connection::argument> arguments{values.begin(), values.end()};
    REQUIRE(session_.execute_write(commit_all_, arguments).size() == 2);
  }

  void live() {
    const auto first = first_unit(++number_);
    const auto& of = first.workflow;
    REQUIRE(store_->create(first) == commit_result::applied);
    REQUIRE(store_->create(first) != commit_result::applied);
    REQUIRE(store_->commit(next_unit(first)) == commit_result::applied);
    REQUIRE(store_->load(of.id, "event-1"));
    REQUIRE(store_->load({of.resource_name, of.resource_id}, "event-1").size() == 1);
    REQUIRE(store_->history(of.id));
    REQUIRE_FALSE(store_->count_rows(of.id).empty());
    REQUIRE(store_->erase(of.id));
  }

  // Pages from the middle of lists, and the oldest that finished.
  void walk() {
    (void)store_->list({.after = schema::to_text(last_loaded_), .limit = 5});
    list_all();
    const purge_policy oldest{
        .statuses = {schema::workflow_status::completed}, .limit = 2, .batch_max = 2};
    purge_control control{.dry_run = true, .clock = [] {
                            return schema::parse_timestamp("2026-01-01T00:00:00.000000Z").value();
                          }};
    store_->purge(oldest, control);
    control.dry_run = false;
    store_->purge(oldest, control);
  }

  const uuid last_loaded_;
  std::unique_ptr<store> store_;
  const statement commit_all_;
  postgresql::server_connection session_;
  unit_of_work deep_ = first_unit(deep_number);
  unit_of_work other_ = first_unit(deep_number + 1);
  std::uint64_t number_ = deep_number + 1;
};

// A round that descends reads at most 250 index entries of a table; one that walks reads them all.
constexpr std::int64_t rows_of_a_round_max = 250;

void check_descents(persistence::layout layout, int workflows, bool analyzed) {
  growing_database database{layout};
  database.insert(1, workflows);
  if (analyzed) database.raw().run("ANALYZE");
  const auto before = database.read_until_now();
  {
    hot_statements hot{database};
    hot.run(rounds_before);
    database.deepen(hot.deep_id());
    constexpr int grown_min = 2'000;
    database.insert(workflows + 1, std::max(100 * workflows, grown_min));
    hot.run(rounds_after);
  }
  for (const auto& [name, each] : database.read_until_now()) {
    INFO(name << " of the " << to_text(layout) << " layout, "
              << (analyzed ? "analyzed" : "never analyzed") << " at " << workflows);
    CHECK(each.scans == before.at(name).scans);
    // Each of the two statements of a purge looks at so many finished workflows at most.
    const std::int64_t walked =
        name == "workflow" ? 2 * static_cast<std::int64_t>(purge_walk_max) : 0;
    CHECK(each.rows - before.at(name).rows <=
          (rows_of_a_round_max + walked) * (rounds_before + rounds_after));
  }
}

}  // namespace

TEMPLATE_TEST_CASE_SIG("guard: postgresql descends indexes whatever its statistics say", "",
                       ((layout Layout), Layout), layout::plain, layout::partitioned) {
  if (!counted_database::available()) return;
  check_descents(Layout, 0, false);
  check_descents(Layout, 20, false);
  for (const int workflows : {0, 1, 10, 1'000}) check_descents(Layout, workflows, true);
}

TEST_CASE("guard: a list without its index is seen in the rows that are read") {
  if (!counted_database::available()) return;
  growing_database database{layout::plain};
  constexpr int workflows = 2'000;
  database.insert(1, workflows);
  const char* const index = GENERATE("ix_workflow_open", "ix_workflow_owner_id",
                                     "ix_workflow_company_id", "ix_workflow_ts_finish");
  database.raw().run(fmt::format("DROP INDEX {}", index));
  const auto before = database.read_until_now();
  hot_statements{database}.list_all();
  std::int64_t scans = 0, rows = 0;
  for (const auto& [name, each] : database.read_until_now()) {
    scans += each.scans - before.at(name).scans;
    rows += each.rows - before.at(name).rows;
  }
  INFO(index);
  CHECK((scans > 0 || rows > workflows));
}

// Along the primary key they would come in the same order, after all that are newer.
TEST_CASE("guard: postgresql finds a frequent owner of old along the index") {
  if (!counted_database::available()) return;
  const auto made = GENERATE(layout::plain, layout::partitioned);
  growing_database database{made};
  constexpr int workflows = 4'000, limit = 5;
  database.insert(1, workflows);
  database.raw().run(
      fmt::format("UPDATE workflow SET owner_id = 'eva', company_id = 'acme' WHERE "
                  "_id < {} AND ts_finish IS NULL",
                  id_in_sql(fmt::format("{}::bigint", workflows / 4))));
  database.raw().run("ANALYZE");
  const auto before = database.read_until_now();
  {
    store_options options = database.options();
    const auto store = open_store(database_url{database.url()}, options);
    for (int i = 0; i < rounds_before; ++i)
      for (list_request request :
           {list_request{.owner_id = "eva"}, list_request{.company_id = "acme"},
            list_request{.statuses = {schema::workflow_status::active}, .owner_id = "eva"}}) {
        request.newest_first = true;
        request.limit = limit;
        CHECK(store->list(request).workflows.size() == limit);
      }
  }
  const auto after = database.read_until_now();
  INFO(to_text(made));
  CHECK(after.at("workflow").scans == before.at("workflow").scans);
  CHECK(after.at("workflow").rows - before.at("workflow").rows < workflows / 4);
}
