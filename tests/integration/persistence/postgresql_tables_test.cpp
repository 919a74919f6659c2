// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/schema/text.hpp>

#include "support/eventually.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

const std::vector<std::string> children{"step",    "stage", "participant", "memory", "mutation",
                                        "message", "event", "task",        "agenda", "worklist"};

// Workflows enough for the planner to prefer an index, each with rows in every table.
constexpr int workflow_count = 3000;

std::string in_schema(const postgresql_schema& database) {
  return "'" + database.schema() + "'::regnamespace";
}

void fill(raw_session& raw) {
  raw.run(
      "INSERT INTO workflow SELECT gen_random_uuid(), 'bulk', 1, 'tests', 'claim', i, NULL, NULL, "
      "'', NULL, NULL, 'ACTIVE', NULL, 0, 1, 6, NULL, NULL, NULL, '[]', '[]', now(), now() "
      "FROM generate_series(1, " +
      std::to_string(workflow_count) + ") AS i");
  raw.run(
      "INSERT INTO workflow_step SELECT _id, gen_random_uuid(), i, 'k', 's', '', NULL, "
      "gen_random_uuid(), NULL, NULL, 'S', NULL, 'ACTIVE', '{}' FROM workflow, "
      "generate_series(1, 3) AS i");
  raw.run(
      "INSERT INTO workflow_stage SELECT _id, i, '', NULL, NULL, i, 'ACTIVE' FROM workflow, "
      "generate_series(1, 2) AS i");
  raw.run(
      "INSERT INTO workflow_participant SELECT _id, 'r', i FROM workflow, "
      "generate_series(1, 2) AS i");
  raw.run("INSERT INTO workflow_memory SELECT _id, '{}', '{}', '{}' FROM workflow");
  raw.run(
      "INSERT INTO workflow_mutation SELECT _id, i, gen_random_uuid(), 'n', 'a', NULL, '{}', "
      "now() FROM workflow, generate_series(1, 4) AS i");
  raw.run("INSERT INTO workflow_message SELECT _id, 5, now(), 's', 'c' FROM workflow");
  raw.run(
      "INSERT INTO workflow_event SELECT _id, 6, gen_random_uuid(), 'k', 'n', '{}', '{}', NULL, "
      "now() FROM workflow");
  raw.run(
      "INSERT INTO workflow_task SELECT _id, gen_random_uuid(), NULL, 'n', NULL, 'SCHEDULED', "
      "'{}', NULL, NULL, 0, 1, NULL, NULL, NULL, NULL, NULL, 0 FROM workflow");
  raw.run("ANALYZE");
}

// A session reports what it scanned when it has been idle or ends, unless it is told to.
std::string scans(raw_session& raw) {
  raw.run("SELECT pg_stat_force_next_flush()");
  return raw.value(
      "SELECT string_agg(relname || ' ' || seq_scan, ', ' ORDER BY relname) FROM "
      "pg_stat_user_tables WHERE schemaname = current_schema() AND relname LIKE 'workflow%' AND "
      "relname <> 'workflow_definition'");
}

// Runs `work` on a store and waits for its sessions to end, which reports their scans.
template <class Work>
void in_sessions_of_its_own(postgresql_schema& database, raw_session& raw, Work work) {
  const std::string name = "scan_" + database.schema();
  {
    const auto store = open_store(
        database_url{with_parameter(database.url().location(), "application_name=" + name),
                     database.schema()},
        database.options());
    work(*store);
  }
  REQUIRE(eventually([&] {
    return raw.value("SELECT count(*) FROM pg_stat_activity WHERE application_name = '" + name +
                     "'") == "0";
  }));
}

}  // namespace

TEST_CASE("postgresql: the ten foreign keys have their names, actions and target") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  sql_rows expected;
  for (const auto& child : children)
    expected.push_back({"fk_workflow_" + child + "_workflow_id", "workflow_" + child, "workflow_id",
                        "workflow", "_id", "c", "c", "t"});
  std::sort(expected.begin(), expected.end());
  const auto found = database.raw()->run(
      "SELECT conname, conrelid::regclass, (SELECT string_agg(attname, ',') FROM pg_attribute "
      "WHERE attrelid = conrelid AND attnum = ANY (conkey)), confrelid::regclass, (SELECT "
      "string_agg(attname, ',') FROM pg_attribute WHERE attrelid = confrelid AND attnum = ANY "
      "(confkey)), confdeltype, confupdtype, convalidated FROM pg_constraint WHERE contype = 'f' "
      "AND connamespace = " +
      in_schema(database) + " ORDER BY conname COLLATE \"C\"");
  CHECK(found == expected);
}

TEST_CASE("postgresql: each foreign key is covered by a whole and valid index") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  const auto uncovered = database.raw()->run(
      "SELECT conname FROM pg_constraint AS c WHERE contype = 'f' AND connamespace = " +
      in_schema(database) +
      " AND NOT EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.conrelid AND i.indisvalid "
      "AND i.indisready AND i.indpred IS NULL AND i.indkey[0] = c.conkey[1])");
  CHECK(uncovered.empty());
  CHECK(database.raw()->value("SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND "
                              "connamespace = " +
                              in_schema(database)) == "10");
}

TEST_CASE("postgresql: status columns have named checks that refuse other values") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  const auto raw = database.raw();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  schema::workflow_inbox event;
  event.event_name = "paid";
  event.resource_name = event.resource_id = "x";
  (void)store->store_event(event);
  const std::vector<std::pair<std::string, std::string>> checks{
      {"workflow", "status"},        {"workflow", "paused"},      {"workflow_step", "status"},
      {"workflow_stage", "status"},  {"workflow_task", "status"}, {"workflow_inbox", "status"},
      {"workflow_worklist", "place"}};
  for (const auto& [table, column] : checks)
    CHECK_THROWS_WITH(raw->run("UPDATE " + table + " SET " + column + " = 'BOGUS'"),
                      Catch::Matchers::Contains("\"ck_" + table + "_" + column + "\""));
  CHECK(raw->value("SELECT count(*) FROM pg_constraint WHERE contype = 'c' AND connamespace = " +
                   in_schema(database)) == std::to_string(checks.size()));
}

TEST_CASE("postgresql: the unique keys exist by their names") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  CHECK(database.raw()->run(
            "SELECT indexrelid::regclass, pg_get_expr(indpred, indrelid) FROM pg_index JOIN "
            "pg_class ON pg_class.oid = indexrelid WHERE indisunique AND indisvalid AND NOT "
            "indisprimary AND relnamespace = " +
            in_schema(database) + " ORDER BY relname COLLATE \"C\"") ==
        sql_rows{{"uq_workflow_event_key", "(event_key IS NOT NULL)"},
                 {"uq_workflow_resource", "NULL"},
                 {"uq_workflow_step_selector", "NULL"}});
}

TEST_CASE("postgresql: a workflow whose id changes takes the rows of all ten tables along") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto store = database.open();
  const auto unit = first_unit(1);
  REQUIRE(store->create(unit) == commit_result::applied);
  REQUIRE(store->create(first_unit(3)) == commit_result::applied);
  const auto counts = [&](std::uint64_t number) {
    std::vector<std::int64_t> rows;
    for (const auto& count : store->count_rows(id_of(id_kind::workflow, number)))
      rows.push_back(count.rows);
    return rows;
  };
  const auto before = counts(1);
  database.raw()->run("UPDATE workflow SET _id = '" + schema::to_text(id_of(id_kind::workflow, 2)) +
                      "' WHERE _id = '" + schema::to_text(unit.workflow.id) + "'");
  CHECK(counts(1) == std::vector<std::int64_t>(11, 0));
  CHECK(counts(2) == before);
  CHECK(counts(3) == before);
}

TEST_CASE("postgresql: no delete, commit or load scans a table of thousands of rows") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  migrate(database.url(), database.options());
  fill(*raw);
  const std::string before = scans(*raw);

  in_sessions_of_its_own(database, *raw, [](store& store) {
    for (std::uint64_t number = 1; number <= 20; ++number) {
      const auto unit = first_unit(number);
      (void)store.create(unit);
      (void)store.commit(next_unit(unit));
      (void)store.commit(next_unit(unit));
      (void)store.load(unit.workflow.id, "event-1");
      (void)store.load({"claim", unit.workflow.resource_id}, "event-1");
      (void)store.history(unit.workflow.id);
      (void)store.count_rows(unit.workflow.id);
      CHECK(store.erase(unit.workflow.id));
    }
    for (const auto& workflow : store.list({.wfdef_key = "bulk", .limit = 1}).workflows)
      CHECK(store.erase(workflow.id));
  });
  CHECK(scans(*raw) == before);
}

TEST_CASE("postgresql: the count of scans shows a delete that no index serves") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const auto raw = database.raw();
  migrate(database.url(), database.options());
  fill(*raw);
  raw->run("ALTER TABLE workflow_step DROP CONSTRAINT pk_workflow_step");
  raw->run("ALTER TABLE workflow_step DROP CONSTRAINT uq_workflow_step_selector");
  const std::string before = scans(*raw);
  in_sessions_of_its_own(database, *raw, [](store& store) {
    CHECK(store.erase(store.list({.wfdef_key = "bulk", .limit = 1}).workflows.front().id));
  });
  CHECK(scans(*raw) != before);
}
