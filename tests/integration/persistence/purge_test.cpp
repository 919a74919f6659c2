// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <nava/schema/workflow_database.hpp>
#include <thread>

#include "persistence/sqlite/file_statements.hpp"
#include "support/eventually.hpp"
#include "support/faulty_store.hpp"
#include "support/purge_units.hpp"
#include "support/stores.hpp"
#include "support/wire_tap.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using status = schema::workflow_status;

namespace {

void create_finished(store& store, std::uint64_t count) {
  for (std::uint64_t number = 1; number <= count; ++number)
    REQUIRE(store.create(finished_unit(number, instant(static_cast<int>(number)))) ==
            commit_result::applied);
}

std::string text_of(std::uint64_t number) {
  return "'" + schema::to_text(id_of(id_kind::workflow, number)) + "'";
}

// A row or more of every workflow in each of the tables of children, made by the database.
void insert_children(raw_session& raw) {
  for (const char* rows :
       {"workflow_stage (workflow_id, key, stage_name, \"order\", status) SELECT _id, k, k, 1, "
        "'COMPLETED' FROM workflow, unnest(array['a', 'b']) AS k",
        "workflow_step (workflow_id, _id, index, step_key, stage_key, title, selector, stm_state, "
        "status, memory) SELECT _id, gen_random_uuid(), k, 's', 'a', 's', gen_random_uuid(), "
        "'_FINISHED', 'COMPLETED', '{}' FROM workflow, generate_series(1, 2) AS k",
        "workflow_participant SELECT _id, 'role', k FROM workflow, unnest(array['a', 'b']) AS k",
        "workflow_memory SELECT _id, '{}', '{}', '{}' FROM workflow",
        "workflow_mutation (workflow_id, seq, transaction_id, name, action, mutation, at) SELECT "
        "_id, k, _id, 'n', 'a', '{}', now() FROM workflow, generate_series(1, 2) AS k",
        "workflow_message SELECT _id, k, now(), 's', 'c' FROM workflow, generate_series(3, 4) AS k",
        "workflow_event (workflow_id, seq, transaction_id, event_name, event_args, event_data, at) "
        "SELECT _id, k, _id, 'n', '{}', '{}', now() FROM workflow, generate_series(5, 6) AS k",
        "workflow_task (workflow_id, _id, name, status, input, attempt, attempts_max, lease_fence) "
        "SELECT _id, gen_random_uuid(), 't', 'COMPLETED', '{}', 1, 1, 0 FROM workflow, "
        "generate_series(1, 2) AS k"})
    raw.run(std::string{"INSERT INTO "} + rows);
}

struct scans {
  std::map<std::string, int> sequential;  ///< by table
  std::map<std::string, int> by_index;    ///< by table
  int of_finished = 0;                    ///< of ix_workflow_ts_finish
};

// The server counts a scan when the session that made it is idle or gone.
scans scans_of(raw_session& raw) {
  scans counted;
  for (const auto& row :
       raw.run("SELECT relname, seq_scan, coalesce(idx_scan, 0) FROM pg_stat_user_tables WHERE "
               "schemaname = current_schema() AND relname LIKE 'workflow%'")) {
    counted.sequential[row[0]] = std::stoi(row[1]);
    counted.by_index[row[0]] = std::stoi(row[2]);
  }
  counted.of_finished = std::stoi(
      raw.value("SELECT idx_scan FROM pg_stat_user_indexes WHERE schemaname = current_schema() AND "
                "indexrelname = 'ix_workflow_ts_finish'"));
  return counted;
}

}  // namespace

TEST_CASE("purge: postgresql: what another session holds is skipped, counted, and taken later") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  database.options().on_older = store_options::schema_policy::migrate;
  const auto store = database.open();
  create_finished(*store, 6);
  const auto writer = database.raw();
  const auto child = database.raw();
  writer->run("BEGIN");
  writer->run("SELECT 1 FROM workflow WHERE _id = " + text_of(2) + " FOR UPDATE");
  writer->run("SELECT 1 FROM workflow WHERE _id = " + text_of(6) + " FOR NO KEY UPDATE");
  child->run("BEGIN");
  child->run("INSERT INTO workflow_participant VALUES (" + text_of(4) + ", 'late', 'guest')");

  const auto first = store->purge({.batch_max = 2}, at(instant(1000)));
  CHECK(first.workflows == 3);
  CHECK(first.skipped == 3);
  CHECK(first.complete);
  for (const std::uint64_t number : {2u, 4u, 6u}) {
    CAPTURE(number);
    CHECK(store->load(id_of(id_kind::workflow, number)));
  }
  child->run("COMMIT");
  writer->run("ROLLBACK");
  const auto second = store->purge({}, at(instant(1000)));
  CHECK(second.workflows == 3);
  CHECK(second.skipped == 0);
}

TEST_CASE("purge: postgresql: a child's lock stops it at its workflow, after those before it",
          "[timed]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  database.options().call_timeout = std::chrono::milliseconds{300};
  const auto store = database.open();
  create_finished(*store, 6);
  const auto raw = database.raw();
  raw->run("BEGIN");
  raw->run("UPDATE workflow_step SET title = 'held' WHERE workflow_id = " + text_of(4));
  auto control = at(instant(1000));
  std::optional<purge_cursor> next;
  control.on_progress = [&](const purge_progress& now) { next = now.next; };
  const error thrown = error_of([&] { store->purge({.batch_max = 2}, control); });
  CHECK(thrown.kind() == error_kind::contention);
  CHECK(thrown.sqlstate() == "55P03");
  CHECK_THAT(thrown.what(),
             Catch::Contains(schema::to_text(id_of(id_kind::workflow, 4)) + " cannot be purged"));
  CHECK(next == purge_cursor{instant(3), id_of(id_kind::workflow, 3)});
  CHECK(raw->value("SELECT count(*) FROM workflow") == "3");
  raw->run("ROLLBACK");
  control.after = next;
  CHECK(store->purge({}, control).workflows == 3);
}

TEST_CASE("purge: postgresql: workflows that take too long together are purged one by one") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto store = open_store(
      database_url{
          with_parameter(database.url().location(), "options=-c%20statement_timeout%3D500ms"),
          database.schema()},
      database.options());
  create_finished(*store, 4);
  const auto raw = database.raw();
  raw->run(
      "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(0.15); RETURN OLD; END'");
  raw->run("CREATE TRIGGER slow BEFORE DELETE ON workflow FOR EACH ROW EXECUTE FUNCTION slow()");
  const auto report = store->purge({.batch_max = 4}, at(instant(1000)));
  CHECK(report.workflows == 4);
  CHECK(report.complete);
  CHECK(report.retries >= 1);
}

TEST_CASE("purge: postgresql: a cursor is read whatever style the session has for dates") {
  if (!postgresql_schema::available()) return;
  for (const auto* style : {"german", "sql", "postgres"}) {
    CAPTURE(style);
    postgresql_schema database;
    migrate(database.url(), database.options());
    insert_finished(*database.raw(), false, 300);
    const auto store =
        open_store(database_url{with_parameter(database.url().location(),
                                               std::string{"options=-c%20datestyle%3D"} + style),
                                database.schema()},
                   database.options());
    const auto report = store->purge({.batch_max = 50}, at(instant(1000)));
    CHECK(report.workflows == 300);
    CHECK(report.complete);
    CHECK(database.raw()->value("SELECT count(*) FROM workflow") == "0");
  }
}

TEMPLATE_TEST_CASE("purge: a foreign key that does not cascade stops it at the workflow it keeps",
                   "", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  const auto store = database.open();
  create_finished(*store, 200);
  const bool is_sqlite = database.url().backend() == backend::sqlite;
  const auto raw = raw_of(database);
  raw->run(std::string{"CREATE TABLE invoice (claim_id "} + (is_sqlite ? "TEXT" : "uuid") +
           " CONSTRAINT fk_invoice_claim REFERENCES workflow (_id))");
  raw->run("INSERT INTO invoice VALUES (" + text_of(150) + ")");

  const purge_cursor place{instant(150), id_of(id_kind::workflow, 150)};
  const error thrown = error_of([&] { store->purge({}, at(instant(1000))); });
  CHECK(thrown.kind() == error_kind::foreign_key);
  if (!is_sqlite) CHECK(thrown.constraint() == "fk_invoice_claim");
  CAPTURE(thrown.what());
  CHECK_THAT(thrown.what(),
             Catch::Contains("workflow " + schema::to_text(place.id) + " cannot be purged") &&
                 Catch::Contains("ON DELETE CASCADE") &&
                 Catch::EndsWith("--after " + to_text(place)));
  CHECK(raw->value("SELECT count(*) FROM workflow") == "51");
  auto control = at(instant(1000));
  control.after = place;
  CHECK(store->purge({}, control).workflows == 50);
  raw->run("DELETE FROM invoice");
  CHECK(store->purge({}, at(instant(1000))).workflows == 1);
}

TEST_CASE("purge: sqlite: batches are as large as the store takes, and others have their turn") {
  sqlite_file database;
  const auto store = database.open();
  insert_finished(*database.raw(), true, 1000);
  std::vector<std::size_t> said;
  std::vector<std::size_t> purged;
  auto control = at(instant(1000));
  control.on_progress = [&](const purge_progress& now) {
    said.push_back(now.batch);
    purged.push_back(now.workflows);
  };
  const auto report = store->purge({}, control);
  REQUIRE(said.size() >= 10);
  for (std::size_t i = 0; i + 2 < said.size(); ++i) CHECK(purged[i + 1] - purged[i] == said[i]);
  CHECK(std::ranges::max(said) <= 100);
  CHECK(report.pausing >= (report.batches - 1) * std::chrono::milliseconds{5});
}

TEST_CASE("purge: nobody pauses for what is not meant") {
  class store_beside : public store_decorator {
   public:
    using store_decorator::store_decorator;
    finished_batch erase_finished(const finished_request& request) override {
      auto batch = store_decorator::erase_finished(request);
      batch.commit_slowdown = 9;
      return batch;
    }
  };
  sqlite_file database;
  const std::shared_ptr<store> real = database.open();
  insert_finished(*database.raw(), true, 5000);
  auto other = finished_unit(6000, instant(-1'000'000'000));
  other.workflow.wfdef_key = "other";
  REQUIRE(real->create(other) == commit_result::applied);
  store_beside beside{real};
  std::vector<std::chrono::nanoseconds> pauses;
  auto control = at(instant(1000));
  control.on_progress = [&](const purge_progress& now) { pauses.push_back(now.pausing); };
  const auto report = beside.purge({.wfdef_key = "other"}, control);
  CHECK(report.workflows == 1);
  REQUIRE(pauses.size() >= 5);
  CHECK(pauses[1] > std::chrono::nanoseconds{0});
  CHECK(report.pausing == pauses[1]);
}

TEST_CASE("purge: postgresql: a batch is one round trip, whether it deletes or counts") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  wire_tap tap{postgresql_url()};
  migrate(database.url(), database.options());
  database.options().connections_max = 1;
  const auto store =
      open_store(database_url{tap.url(), database.url().schema()}, database.options());
  auto counting = at(instant(1000));
  counting.dry_run = true;
  // The first of each prepares it.
  REQUIRE(store->purge({}, counting).workflows == 0);
  REQUIRE(store->purge({}, at(instant(1000))).workflows == 0);
  create_finished(*store, 5);
  for (const auto& control : {counting, at(instant(1000))}) {
    tap.reset();
    const auto report = store->purge({.batch_max = 2}, control);
    CHECK(report.workflows == 5);
    // At the end it counts those under a legal hold, and removes tombstones that have expired.
    CHECK(tap.round_trips() == report.batches + (control.dry_run ? 1 : 2));
    CHECK(report.batches == 3);
  }
}

TEST_CASE("purge: postgresql: batches of any size are index scans, cascades too") {
  if (!postgresql_schema::available()) return;
  constexpr int workflows = 6000;
  postgresql_schema database;
  migrate(database.url(), database.options());
  const auto raw = database.raw();
  std::string filled_by;
  {
    const auto filling = database.raw();
    filled_by = filling->value("SELECT pg_backend_pid()");
    insert_finished(*filling, false, workflows);
    insert_children(*filling);
    for (const auto& table : schema::workflow_database<>::description.tables)
      filling->run("ANALYZE " + std::string{table.name});
  }
  REQUIRE(eventually([&] {
    return raw->value("SELECT count(*) FROM pg_stat_activity WHERE pid = " + filled_by) == "0";
  }));
  const scans before = scans_of(*raw);

  // As many batches of each size as it takes for the server to settle on one plan for all.
  constexpr std::size_t batches = 8;
  std::size_t purged = 0;
  {
    const auto store = database.open();
    for (const std::size_t size : {1u, 10u, 300u}) {
      const auto report =
          store->purge({.limit = batches * size, .batch_max = size}, at(instant(1000)));
      CHECK(report.batches >= batches);
      purged += report.workflows;
    }
    CHECK(purged == batches * 311);
  }
  REQUIRE(eventually([&] { return scans_of(*raw).of_finished > before.of_finished; }));
  const scans after = scans_of(*raw);
  CHECK(after.sequential == before.sequential);
  for (const auto& table : schema::workflow_database<>::description.tables) {
    if (table.foreign_keys.empty()) continue;
    const std::string child{table.name};
    CAPTURE(child);
    CHECK(after.by_index.at(child) - before.by_index.at(child) == static_cast<int>(purged));
  }

  (void)raw->value("SELECT count(title) FROM workflow");
  CHECK(eventually(
      [&] { return scans_of(*raw).sequential.at("workflow") > before.sequential.at("workflow"); }));
}

TEST_CASE("purge: sqlite: batches search the index on the time of finish and the primary key") {
  sqlite_file database;
  const auto store = database.open();
  const auto raw = database.raw();
  const query_set queries = sqlite::queries();
  for (const statement* what : {&queries.count_finished, &queries.erase_finished}) {
    std::string plan;
    for (const auto& step : raw->run("EXPLAIN QUERY PLAN " + what->sql()))
      plan += step.back() + "\n";
    CAPTURE(plan);
    CHECK_THAT(plan,
               Catch::Contains("SEARCH w USING INDEX ix_workflow_ts_finish ((ts_finish,_id)>"));
    CHECK_THAT(plan, !Catch::Contains("SCAN w"));
    if (what == &queries.count_finished) continue;
    CHECK_THAT(plan, Catch::Contains("SEARCH workflow USING PRIMARY KEY (_id=?)"));
    for (const auto& table : schema::workflow_database<>::description.tables)
      if (!table.foreign_keys.empty())
        CHECK_THAT(plan, Catch::Contains("SEARCH " + std::string{table.name} + " USING "));
  }
}

TEST_CASE("purge: sqlite: others write between its batches") {
  sqlite_file database;
  const auto store = database.open();
  insert_finished(*database.raw(), true, 2000);
  auto unit = first_unit(1);
  REQUIRE(store->create(unit) == commit_result::applied);
  int committed = 0;
  purge_report report;
  {
    std::jthread committing{[&](const std::stop_token& stop) {
      for (; !stop.stop_requested(); ++committed) {
        unit = next_unit(unit);
        if (store->commit(unit) != commit_result::applied) return;
      }
    }};
    report = store->purge({}, at(instant(1000)));
  }
  CHECK(report.workflows == 2000);
  CHECK(report.batches >= 20);
  CHECK(committed >= 10);
}

TEST_CASE("purge: commits that slow down keep it short and make it pause, and it begins so",
          "[timed]") {
  class store_beside : public store_decorator {
   public:
    store_beside(std::shared_ptr<store> real, std::optional<double> slowdown)
        : store_decorator(std::move(real)), slowdown_(slowdown) {}
    finished_batch erase_finished(const finished_request& request) override {
      auto batch = store_decorator::erase_finished(request);
      batch.commits_beside = slowdown_ ? 50 : 0;
      batch.commit_slowdown = slowdown_;
      batch.turn_of_others = {};
      return batch;
    }

   private:
    std::optional<double> slowdown_;
  };
  const std::shared_ptr<store> real = sqlite_memory{}.open();
  create_finished(*real, 100);
  store_beside slow{real, 4.0};
  std::vector<std::size_t> sizes;
  auto control = at(instant(1000));
  control.on_progress = [&](const purge_progress& now) { sizes.push_back(now.batch); };
  const auto paused = slow.purge({}, control);
  CHECK(paused.workflows == 100);
  CHECK(sizes.size() >= 25);
  CHECK(std::ranges::max(sizes) == 4);
  CHECK(paused.pausing > std::chrono::nanoseconds{0});

  create_finished(*real, 100);
  store_beside quiet{real, std::nullopt};
  sizes.clear();
  const auto unpaused = quiet.purge({}, control);
  CHECK(unpaused.workflows == 100);
  CHECK(unpaused.pausing == std::chrono::nanoseconds{0});
  CHECK(sizes == std::vector<std::size_t>{64, 100, 0});
}
