// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/skip.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

namespace {

definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage");
  order.step("making", {.stage = "s", .candidates = {.groups = {"makers"}}});
  order.on_started([](workflow_context& on) {
    on.add_step("making").add_task("mail", {{"to", "eva"}});
  });
  return order.build();
}

std::vector<std::string> start_orders(test_database& database, int count) {
  runtime run{std::shared_ptr{database.open()}, {order()}};
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i)
    ids.push_back(schema::to_text(run.start("order", {"order", std::to_string(i)}).workflow_id));
  return ids;
}

}  // namespace

TOOL_TEST_CASE("verify finds nothing in what Nava has stored, and what somebody else has changed") {
  const auto ids = start_orders(database, 3);
  const auto sound = nava_at(database, {"verify"});
  CHECK(sound.exit_code == done);
  CHECK(sound.out == "3 workflows verified: nothing contradicts itself\n");
  CHECK(nava_at(database, {"verify", "--json"}).out ==
        "{\"findings\":[],\"workflows\":3,\"failure\":null}\n");

  const auto raw = raw_of(database);
  raw->run("UPDATE workflow_step SET title = 'secret' WHERE workflow_id = '" + ids[0] + "'");
  raw->run("DELETE FROM workflow_agenda WHERE workflow_id = '" + ids[1] + "'");
  raw->run("DELETE FROM workflow_worklist WHERE workflow_id = '" + ids[1] + "'");
  const auto changed = nava_at(database, {"verify"});
  CAPTURE(changed.out);
  CHECK(changed.exit_code == refused_it);
  CHECK_THAT(changed.out,
             Contains(ids[0] + " workflow_step ") && Contains("column title differs") &&
                 Contains(ids[1] + " workflow_task ") && Contains("not on the agenda") &&
                 Contains("GROUP makers") && Contains("3 workflows verified: 3 findings\n") &&
                 !Contains("secret") && !Contains(ids[2]));
  CHECK(nava_at(database, {"verify", ids[2]}).exit_code == done);
  CHECK(nava_at(database, {"verify", "order/1"}).exit_code == refused_it);
  CHECK(nava_at(database, {"verify", "--definition", "none"}).out ==
        "0 workflows verified: nothing contradicts itself\n");
  CHECK(nava_at(database, {"verify", "--status", "completed"}).exit_code == done);
  const auto all = json::parse(nava_at(database, {"verify", "--json"}).out);
  CHECK(all.at("findings").as_array().size() == 3);
  CHECK(all.at("workflows") == 3);
  check_complaint(nava_at(database, {"verify", schema::to_text(new_id())}), misused,
                  "there is no workflow");
  check_complaint(nava_at(database, {"verify", ids[0], "--definition", "order"}), misused,
                  "--definition");
}

TOOL_TEST_CASE("verify finds a value that cannot be read, and goes on") {
  const auto ids = start_orders(database, 2);
  const auto raw = raw_of(database);
  raw->run(is_sqlite(database)
               ? "PRAGMA ignore_check_constraints = ON"
               : "ALTER TABLE workflow_step DROP CONSTRAINT ck_workflow_step_status");
  raw->run("UPDATE workflow_step SET status = 'LOST' WHERE workflow_id = '" + ids[0] + "'");
  const auto found = nava_at(database, {"verify"});
  CAPTURE(found.out, found.err);
  CHECK(found.exit_code == refused_it);
  CHECK_THAT(found.out, Contains(ids[0] + " a value of workflow_step.status") &&
                            Contains("2 workflows verified: 1 finding\n"));
}

TOOL_TEST_CASE("verify reads each page of the inbox, and goes on behind what cannot be read") {
  (void)start_orders(database, 1);
  const auto raw = raw_of(database);
  raw->run(
      "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200) "
      "INSERT INTO workflow_inbox (event_name, resource_name, resource_id) "
      "SELECT 'paid', 'order', cast(i AS text) FROM n");
  CHECK(nava_at(database, {"verify"}).exit_code == done);
  raw->run(is_sqlite(database)
               ? "PRAGMA ignore_check_constraints = ON"
               : "ALTER TABLE workflow_inbox DROP CONSTRAINT ck_workflow_inbox_status");
  raw->run("UPDATE workflow_inbox SET status = 'LOST' WHERE seq = 7");
  raw->run("UPDATE workflow_inbox SET status = 'EARLY', event_data = '[1]' WHERE seq = 8");
  raw->run("UPDATE workflow_inbox SET lease_owner = 'gone' WHERE seq = 1200");
  const auto found = nava_at(database, {"verify"});
  CAPTURE(found.out, found.err);
  CHECK(found.exit_code == refused_it);
  CHECK_THAT(found.out, Contains("workflow_inbox 7: ") && Contains("workflow_inbox 8: ") &&
                            Contains("workflow_inbox 1200: a lease has an owner") &&
                            Contains("1 workflow verified: 3 findings\n"));
}

TOOL_TEST_CASE("verify finds rows whose workflow is not there, of an application's tables too") {
  const auto ids = start_orders(database, 2);
  const auto raw = raw_of(database);
  const bool on_sqlite = is_sqlite(database);
  if (!on_sqlite && !needs_superuser()) return;
  raw->run(std::string{"CREATE TABLE order_file (workflow_id "} + (on_sqlite ? "TEXT" : "uuid") +
           " REFERENCES workflow (_id) ON DELETE CASCADE, name text)");
  raw->run("INSERT INTO order_file VALUES ('" + ids[0] + "', 'plan.pdf'), ('" + ids[1] +
           "', 'photo.jpg')");
  raw->run(on_sqlite ? "PRAGMA foreign_keys = OFF" : "SET session_replication_role = replica");
  raw->run("DELETE FROM workflow WHERE _id = '" + ids[0] + "'");
  const auto found = nava_at(database, {"verify"});
  CAPTURE(found.out);
  CHECK(found.exit_code == refused_it);
  CHECK_THAT(found.out, Contains("workflow_step " + ids[0] + ": workflow has no such row") &&
                            Contains("order_file " + ids[0] + ": workflow has no such row") &&
                            Contains("1 workflow verified: ") && !Contains(ids[1]));
}

TOOL_TEST_CASE("verify finds a workflow without its definition") {
  (void)start_orders(database, 1);
  raw_of(database)->run("DELETE FROM workflow_definition");
  CHECK_THAT(nava_at(database, {"verify"}).out,
             Contains("workflow order/1: workflow_definition has no such row"));
}

TEST_CASE("tool: verify finds a workflow whose resource is not kept in the partitioned layout",
          "[tool]") {
  if (!postgresql_partitioned::available()) return nava::test::skip("no server is given");
  postgresql_partitioned database;
  const auto ids = start_orders(database, 1);
  CHECK(nava_at(database, {"verify"}).exit_code == done);
  CHECK_THAT(nava_at(database, {"show", ids[0]}).out, !Contains("workflow_resource"));
  raw_of(database)->run("UPDATE workflow_resource SET resource_id = 'other'");
  const auto found = nava_at(database, {"verify"});
  CHECK(found.exit_code == refused_it);
  CHECK_THAT(found.out, Contains(ids[0] + "/order/order/0: workflow_resource has no such row"));
}

TEST_CASE("tool: verify says what it could not read, and closes its JSON", "[tool]") {
  if (!postgresql_schema::available()) return nava::test::skip("no server is given");
  postgresql_schema database;
  (void)start_orders(database, 1);
  raw_of(database)->run("DROP TABLE workflow_worklist");
  const auto failed = nava_at(database, {"verify", "--json"});
  CHECK(failed.exit_code == misused);
  CHECK_THAT(failed.err, Contains("not everything was read") && Contains("workflow_worklist"));
  CHECK(json::parse(failed.out).at("failure").is_string());
}
