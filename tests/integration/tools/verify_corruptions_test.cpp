// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <regex>

#include "integration/tools/nava_command.hpp"
#include "support/skip.hpp"

using namespace nava;
using namespace nava::test;

namespace {

definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage").stage("t", "Stage");
  order.step("making", {.stage = "s", .candidates = {.groups = {"makers"}}})
      .on("cut", [](step_context& step, const event&) { step.message("cut").finish(); });
  order.step("sending", {.stage = "t", .states = {"PACKED"}});
  order.step("calling", {.stage = "s", .candidates = {.groups = {"makers"}}});
  order.role("buyer", "Buyer");
  order.on_started([](workflow_context& on) {
    on.add_step("making");
    on.add_step("sending").transit("PACKED").add_task("mail", {{"to", "eva"}});
    on.add_step("calling").add_task("call", {}, {.priority = engine::task_priority::high});
    on.add_participant("buyer", "eric");
    on.memorize({{"size", 40}});
  });
  return order.build();
}

struct corruption {
  std::string sql;
  std::string finding;  // a pattern of a part of the line that names it
};

// Each leaves what the CHECKs of the tables allow.
const std::vector<corruption>& corruptions() {
  static const std::vector<corruption> all{
      {"DELETE FROM workflow_step WHERE step_key = 'sending'",
       "workflow_step .*: the row that the mutations make is not stored"},
      {"DELETE FROM workflow_stage WHERE key = 't'",
       "workflow_stage t: the row that the mutations make"},
      {"DELETE FROM workflow_participant",
       "workflow_participant buyer eric: the row that the mutations make"},
      {"DELETE FROM workflow_memory", "workflow_memory .*: column memory differs"},
      {"DELETE FROM workflow_task WHERE name = 'mail'",
       "workflow_task .*: the row that the mutations make is not stored"},
      {"DELETE FROM workflow_mutation WHERE name = 'add-participant'", "no row has seq"},
      {"DELETE FROM workflow_message", "no row has seq"},
      {"DELETE FROM workflow_event WHERE event_name = 'cut'", "no row has seq"},
      {"DELETE FROM workflow_agenda", "workflow_task .*: is open, and not on the agenda"},
      {"DELETE FROM workflow_worklist",
       "workflow_worklist .*: follows from the steps, and is not stored"},
      {"DELETE FROM workflow_definition", "workflow order/1: workflow_definition has no such row"},
      {"DELETE FROM workflow", "workflow_step .*: workflow has no such row"},
      {"UPDATE workflow SET status = 'COMPLETED'", "workflow .*: column status differs"},
      {"UPDATE workflow SET revision = revision + 1", "workflow: the revision tells of"},
      {"UPDATE workflow SET last_seq = last_seq + 1", "no row has seq"},
      {"UPDATE workflow SET last_seq = last_seq - 1", "workflow: last_seq is"},
      {"UPDATE workflow SET progress = 0.9", "workflow .*: column progress differs"},
      {"UPDATE workflow SET title = 'Other'", "workflow .*: column title differs"},
      {"UPDATE workflow SET resource_id = '9'", "workflow .*: column resource_id differs"},
      {"UPDATE workflow SET owner_id = 'eva'", "workflow .*: column owner_id differs"},
      {"UPDATE workflow_step SET status = 'COMPLETED' WHERE step_key = 'sending'",
       "workflow_step .*: column status differs"},
      {"UPDATE workflow_step SET stm_state = 'LOST' WHERE step_key = 'sending'",
       "workflow_step .*: column stm_state differs"},
      {"UPDATE workflow_step SET owner_id = 'eva' WHERE step_key = 'sending'",
       "workflow_step .*: column owner_id differs"},
      {"UPDATE workflow_stage SET status = 'COMPLETED' WHERE key = 't'",
       "workflow_stage t: column status differs"},
      {"UPDATE workflow_memory SET memory = '{\"size\":41}'",
       "workflow_memory .*: column memory differs"},
      {"UPDATE workflow_participant SET user_id = 'eva'",
       "workflow_participant buyer eva: no mutation makes this row"},
      {"UPDATE workflow_mutation SET mutation = '{}' WHERE name = 'add-step'",
       "workflow_mutation [0-9]+: "},
      {"UPDATE workflow_mutation SET name = 'unheard-of' WHERE name = 'add-step'",
       "workflow_mutation [0-9]+: unknown mutation 'unheard-of'"},
      {"UPDATE workflow_message SET seq = 1", "2 rows have seq 1"},
      {"UPDATE workflow_event SET transaction_id = workflow_id",
       "workflow_mutation .*: no event has its transaction"},
      {"UPDATE workflow_task SET status = 'CANCELLED' WHERE name = 'mail'",
       "workflow_agenda .*: no task of this id is open"},
      {"UPDATE workflow_task SET lease_fence = 9 WHERE name = 'mail'",
       "workflow_agenda .*: column lease_fence is below that of the task"},
      {"UPDATE workflow_task SET input = '{\"to\":\"max\"}' WHERE name = 'mail'",
       "workflow_task .*: column input differs"},
      {"UPDATE workflow_agenda SET queue = 'other'",
       "workflow_agenda .*: queue or priority differs"},
      {"UPDATE workflow_agenda SET priority = 3", "workflow_agenda .*: queue or priority differs"},
      {"UPDATE workflow_agenda SET lease_owner = 'gone'",
       "workflow_agenda .*: a lease has an owner and an end"},
      {"UPDATE workflow_worklist SET principal = 'thieves'",
       "workflow_worklist .* GROUP thieves: does"},
      {"UPDATE workflow_worklist SET priority = 7",
       "workflow_worklist .*: does not follow from the steps"},
      {"INSERT INTO workflow_participant (workflow_id, role, user_id) SELECT _id, 'buyer', 'max' "
       "FROM workflow",
       "workflow_participant buyer max: no mutation makes this row"},
      {"UPDATE workflow_inbox SET lease_owner = 'gone'",
       "workflow_inbox 1: a lease has an owner and an end"},
      {"UPDATE workflow_inbox SET lease_owner = 'gone', lease_until = ts_created",
       "workflow_inbox 1: column lease_fence is below 1"},
      {"UPDATE workflow_inbox SET status = 'FAILED', lease_owner = 'gone', lease_fence = 1, "
       "lease_until = ts_created",
       "workflow_inbox 1: is FAILED, and leased"},
      {"UPDATE workflow_inbox SET status = 'EARLY'",
       "workflow_inbox 1: is EARLY, and has no ts_due"},
      {"UPDATE workflow_inbox SET event_data = '[1]'", "workflow_inbox 1: "}};
  return all;
}

// With the keys between tables off, as somebody who repairs by hand may have them.
void corrupt(const test_database& database, const std::string& sql) {
  const auto session = raw_of(database);
  session->run(is_sqlite(database) ? "PRAGMA foreign_keys = OFF"
                                   : "SET session_replication_role = replica");
  session->run(sql);
}

void start_order(test_database& database) {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  const resource about{"order", "7"};
  (void)run.start("order", about);
  (void)run.deliver({.name = "cut", .resource = about, .key = "c"});
  (void)run.publish({.name = "cut", .resource = about, .key = "d"});
}

}  // namespace

TEMPLATE_TEST_CASE("tool: verify finds each of many corruptions, and names it", "[tool]",
                   sqlite_file, postgresql_schema, postgresql_partitioned) {
  if (!TestType::available()) return nava::test::skip("no server is given");
  if (!std::is_same_v<TestType, sqlite_file> && !needs_superuser()) return;
  CHECK(corruptions().size() >= 30);
  TestType database;
  for (const auto& [sql, finding] : corruptions()) {
    CAPTURE(sql);
    start_order(database);
    REQUIRE(nava_at(database, {"verify"}).exit_code == done);
    corrupt(database, sql);
    const auto found = nava_at(database, {"verify"});
    CAPTURE(found.out, found.err);
    CHECK(found.exit_code == refused_it);
    CAPTURE(finding);
    CHECK(std::regex_search(found.out, std::regex{finding}));
    delete_all_rows(database);
  }
}
