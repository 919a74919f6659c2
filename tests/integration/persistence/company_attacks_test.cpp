// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/schema_check.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <nava/schema/workflow_database.hpp>

#include "integration/persistence/separated_companies.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::companies;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

// Statements by which a role reaches for the rows of another's workflow, and rows of it.
std::vector<std::string> reaching_for(const std::string& id) {
  const std::string there = " WHERE workflow_id = '" + id + "'";
  std::vector<std::string> all{
      "SELECT _id FROM workflow WHERE _id = '" + id + "'",
      "UPDATE workflow SET title = 'mine' WHERE _id = '" + id + "' RETURNING 1",
      "UPDATE workflow SET company_id = 'acme' WHERE _id = '" + id + "' RETURNING 1",
      "DELETE FROM workflow WHERE _id = '" + id + "' RETURNING 1",
      "SELECT 1 FROM workflow_inbox WHERE resource_id = '7' AND event_name = 'secret'",
      "DELETE FROM workflow_inbox WHERE event_name = 'secret' RETURNING 1",
      "SELECT 1 FROM workflow_rate WHERE queue = 'theirs'",
      "SELECT 1 FROM workflow_slot WHERE queue = 'theirs'",
      "UPDATE workflow_slot SET slot = slot + 10 WHERE queue = 'theirs' RETURNING 1"};
  for (const char* table : {"step", "stage", "participant", "memory", "mutation", "message",
                            "event", "task", "agenda", "worklist"})
    all.push_back(fmt::format("SELECT 1 FROM workflow_{}{}", table, there));
  for (const char* table : {"step", "stage", "memory", "task", "agenda", "worklist"})
    all.push_back(fmt::format("UPDATE workflow_{} SET workflow_id = workflow_id{} RETURNING 1",
                              table, there));
  for (const char* table : {"participant", "agenda", "worklist"})
    all.push_back(fmt::format("DELETE FROM workflow_{}{} RETURNING 1", table, there));
  return all;
}

// And rows that it adds to it.
std::vector<std::string> adding_to(const std::string& id) {
  return {
      "INSERT INTO workflow_message VALUES ('" + id +
          "', 900, now(), 'workflow', 'mine') "
          "RETURNING 1",
      "INSERT INTO workflow_participant VALUES ('" + id + "', 'buyer', 'mallory') RETURNING 1",
      "INSERT INTO workflow_event (workflow_id, seq, transaction_id, event_name, event_args, "
      "event_data, at) VALUES ('" +
          id +
          "', 900, gen_random_uuid(), 'sewn', '{}', '{}', now()) "
          "RETURNING 1",
      "INSERT INTO workflow_agenda (workflow_id, _id, queue, priority, ts_due, attempt, "
      "lease_fence) VALUES ('" +
          id + "', gen_random_uuid(), 'cut', 0, now(), 0, 0) RETURNING 1",
      "INSERT INTO workflow_worklist (workflow_id, step_id, place, principal, ts_due, priority) "
      "VALUES ('" +
          id + "', gen_random_uuid(), 'GROUP', 'makers', now(), 0) RETURNING 1"};
}

std::vector<std::string> rules_of(const std::vector<inspection::finding>& findings) {
  std::vector<std::string> rules;
  for (const auto& each : findings) rules.push_back(each.rule + " " + each.object);
  return rules;
}

}  // namespace

COMPANIES_TEST_CASE(
    "no statement of one reaches a row of the other; without the policies each does") {
  if (!TestType::available()) return;
  TestType database;
  separate(database);
  const company_role acme{database, "acme"}, globex{database, "globex"};
  runtime theirs = runtime_of(globex);
  const std::string id = schema::to_text(theirs.start("order", about).workflow_id);
  theirs.store().limit_running("theirs", 1);
  theirs.store().limit_rate("theirs", persistence::task_rate{.tasks = 1, .period = 1s, .burst = 1});
  (void)theirs.publish({.name = "secret", .resource = about, .key = no_key});
  runtime ours = runtime_of(acme);
  const std::string mine = schema::to_text(ours.start("order", about).workflow_id);
  const auto before = database.postgresql_schema::dump();
  const auto attacker = acme.raw();
  for (const std::string& sql : reaching_for(id)) {
    CAPTURE(sql);
    CHECK_THAT(outcome_of(*attacker, sql),
               Catch::Equals("nothing") || Contains("permission denied"));
  }
  for (const std::string& sql : adding_to(id)) {
    CAPTURE(sql);
    const std::string refusal = outcome_of(*attacker, sql);
    CHECK_THAT(refusal, Contains("violates row-level security"));
    // The answer does not tell whether the workflow is there.
    std::string absent = sql;
    absent.replace(absent.find(id), id.size(), "01900000-0000-7000-8000-00000000dead");
    CHECK(outcome_of(*attacker, absent) == refusal);
  }
  // Rows of its own that it moves there, or gives away.
  for (const char* table : {"step", "stage", "memory", "task", "agenda", "worklist"}) {
    CAPTURE(table);
    CHECK_THAT(outcome_of(*attacker, fmt::format("UPDATE workflow_{} SET workflow_id = '{}' WHERE "
                                                 "workflow_id = '{}' RETURNING 1",
                                                 table, id, mine)),
               Contains("violates"));
  }
  for (const char* table : {"agenda", "worklist"})
    (void)outcome_of(*attacker, fmt::format("UPDATE workflow_{} SET company_id = 'globex'", table));
  CHECK_THAT(outcome_of(*attacker, "INSERT INTO workflow_participant VALUES ('" + id +
                                       "', 'buyer', 'eric') ON CONFLICT DO NOTHING RETURNING 1"),
             Contains("violates row-level security"));
  CHECK_THAT(
      outcome_of(*attacker, "MERGE INTO workflow_worklist AS t USING (SELECT cast('" + id +
                                "' AS uuid) AS id) AS s ON t.workflow_id = s.id WHEN MATCHED THEN "
                                "DELETE WHEN NOT MATCHED THEN INSERT (workflow_id, step_id, place, "
                                "principal, ts_due, priority) VALUES (s.id, gen_random_uuid(), "
                                "'GROUP', 'makers', now(), 0)"),
      Contains("violates row-level security"));
  // Whoever says another company than that of the role writes nothing.
  const auto liar = acme.raw();
  liar->run("SET nava.company = 'globex'");
  CHECK(outcome_of(*liar, "SELECT 1 FROM workflow WHERE company_id = 'globex'") == "nothing");
  CHECK_THAT(outcome_of(*liar,
                        "INSERT INTO workflow_inbox (event_name, resource_name, "
                        "resource_id, event_data) VALUES ('sewn', 'order', '7', '{}')"),
             Contains("violates row-level security"));
  CHECK_THAT(outcome_of(*attacker, "SET row_security = off; SELECT 1 FROM workflow"),
             Contains("row-level security"));
  CHECK(database.postgresql_schema::dump() == before);
  // A cascade takes its own rows alone.
  CHECK(outcome_of(*attacker, "DELETE FROM workflow RETURNING 1") == "1");
  CHECK(theirs.store().history(theirs.store().list({}).workflows.at(0).id));
  CHECK(verify_workflows(theirs.store()).contradictions == 0);

  const auto owner = database.raw();
  for (const auto& row :
       owner->run("SELECT cast(oid AS regclass) FROM pg_class WHERE "
                  "relrowsecurity AND relnamespace = current_schema()::regnamespace"))
    owner->run("ALTER TABLE " + row.front() + " DISABLE ROW LEVEL SECURITY");
  const auto open = acme.raw();
  for (const std::string& sql : reaching_for(id)) {
    CAPTURE(sql);
    open->run("BEGIN");
    CHECK_THAT(outcome_of(*open, sql), !Catch::Equals("nothing") && !Contains("permission denied"));
    open->run("ROLLBACK");
  }
}

COMPANIES_TEST_CASE("the schema check expects it, and tells what opens a table") {
  if (!TestType::available()) return;
  TestType database;
  separate(database);
  const company_role acme{database, "acme"};
  const auto owner = database.raw();
  const auto findings = [&] {
    return rules_of(
        inspection::check_schema(database.url(), schema::workflow_database<>::description));
  };
  CHECK(findings() == std::vector<std::string>{});
  const std::string place = database.schema() + ".";
  const auto told = [&](const std::string& sql, const std::string& finding,
                        const std::string& back) {
    CAPTURE(sql);
    owner->run(sql);
    CHECK_THAT(findings(), Catch::VectorContains(finding));
    owner->run(back);
  };
  told("ALTER TABLE workflow_event DISABLE ROW LEVEL SECURITY",
       "row-security " + place + "workflow_event",
       "ALTER TABLE workflow_event ENABLE ROW LEVEL SECURITY");
  told("CREATE POLICY open ON workflow_memory USING (true)",
       "company-policy " + place + "workflow_memory.open", "DROP POLICY open ON workflow_memory");
  told("ALTER POLICY nava_read ON workflow_task RENAME TO nava_look",
       "company-policy " + place + "workflow_task.nava_read",
       "ALTER POLICY nava_look ON workflow_task RENAME TO nava_read");
  told("ALTER TABLE workflow FORCE ROW LEVEL SECURITY", "company-owner " + place + "workflow",
       "ALTER TABLE workflow NO FORCE ROW LEVEL SECURITY");
  told("ALTER ROLE " + acme.name() + " BYPASSRLS",
       "company-role " + place + "workflow." + acme.name(),
       "ALTER ROLE " + acme.name() + " NOBYPASSRLS");
  told("ALTER TABLE workflow DISABLE TRIGGER keep_company",
       "extra-trigger " + place + "workflow.keep_company",
       "ALTER TABLE workflow ENABLE TRIGGER keep_company");
  told("CREATE POLICY x ON workflow TO " + acme.name() + " USING (true)",
       "company-policy " + place + "workflow.x", "DROP POLICY x ON workflow");
  told(
      "CREATE OR REPLACE FUNCTION sees_workflow(uuid) RETURNS boolean LANGUAGE sql AS 'SELECT "
      "true'",
      "company-function " + place + "sees_workflow", printed(database, {"companies"}));
  told("DROP TRIGGER follow_company ON workflow_worklist",
       "company-trigger " + place + "workflow_worklist.follow_company",
       printed(database, {"companies"}));
  told("CREATE VIEW all_of_them AS SELECT * FROM workflow",
       "company-way-around " + place + "all_of_them", "DROP VIEW all_of_them");
  told("ALTER TABLE workflow_inbox ALTER COLUMN company_id DROP DEFAULT",
       "column-default " + place + "workflow_inbox.company_id", printed(database, {"companies"}));
  CHECK(findings() == std::vector<std::string>{});
}
