// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/runtime/verify_workflows.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/eventually.hpp"
#include "support/postgresql_places.hpp"
#include "support/skip.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage").role("buyer", "Buyer");
  order.step("making", {.stage = "s", .candidates = {.groups = {"makers"}}})
      .on_task_finished("cut", [](step_context& step, const task_end&) { step.message("cut"); })
      .on("sewn", [](step_context& step, const event&) { step.finish(); });
  order.on_started([](workflow_context& on) {
    on.add_participant("buyer", "eric");
    on.add_step("making").add_task("cut");
    on.add_task("mail");
  });
  return order.build();
}

// A role with what `nava grants` prints for it.
class granted_role {
 public:
  granted_role(postgresql_schema& database, const std::string& purpose)
      : role_(database), schema_(database.schema()) {
    std::vector<std::string> words{"grants", role_.name(), "--for",
                                   purpose,  "--schema",   database.schema()};
    if (dynamic_cast<postgresql_partitioned*>(&database) != nullptr)
      words.emplace_back("--partitioned");
    const auto printed = run_nava(words);
    REQUIRE(printed.exit_code == done);
    const auto owner = database.raw();
    std::istringstream lines{printed.out};
    for (std::string line; std::getline(lines, line);) owner->run(line);
  }

  [[nodiscard]] persistence::database_url url() const {
    return persistence::database_url{role_.url(), schema_};
  }
  // Each is refused for want of a right.
  void expect_refused(const std::vector<std::string>& statements) const {
    const auto session = raw_postgresql(role_.url(), schema_);
    for (const std::string& sql : statements) {
      CAPTURE(sql);
      CHECK_THROWS_WITH(session->run(sql),
                        Contains("permission denied") || Contains("must be owner"));
    }
  }

 private:
  postgresql_role role_;
  std::string schema_;
};

runtime runtime_at(const persistence::database_url& url) {
  return runtime{std::shared_ptr{persistence::open_store(url, {.tombstones = {.keep_for = 1h}})},
                 {order()}};
}

const resource about{"order", "7"};

uuid work_off(runtime& run) {
  run.store().limit_running("cut", 1);
  run.store().limit_rate("mail", persistence::task_rate{.tasks = 100, .period = 1s, .burst = 10});
  const uuid id = run.start("order", about).workflow_id;
  const auto steps = run.store().load(id).value().state.steps;
  (void)run.claim(id, steps.at(0).id, {.user = "eva", .groups = {"makers"}});
  (void)run.publish({.name = "sewn", .resource = about, .key = "s"});
  const auto nothing = [](task_context&) { return json::object{}; };
  const worker works{run, {{"cut", nothing}, {"mail", nothing}}, {.poll = 20ms}};
  const inbox_drainer delivers{run, {.poll = 20ms}};
  CHECK(eventually([&] {
    const auto loaded = run.store().load(id);
    return loaded->state.workflow.status == schema::workflow_status::completed &&
           loaded->state.tasks.empty() && run.store().list_events({}).empty();
  }));
  return id;
}

}  // namespace

TEMPLATE_TEST_CASE("tool: a role that was granted what an engine needs starts, works and delivers",
                   "[tool]", postgresql_schema, postgresql_partitioned) {
  if (!TestType::available()) return;
  TestType database;
  (void)database.open();
  const granted_role role{database, GENERATE("engine", "worker")};
  runtime run = runtime_at(role.url());
  const uuid id = work_off(run);
  CHECK(run.worklist({.user = "eva"}).items.empty());
  CHECK(verify_workflows(run.store()).contradictions == 0);
  const auto refused = error_of([&] { run.store().erase(id); });
  CHECK(refused.sqlstate() == "42501");
  CHECK_THAT(refused.what(), Contains("permission denied"));
  role.expect_refused({"DELETE FROM workflow", "UPDATE workflow SET _id = gen_random_uuid()",
                       "UPDATE workflow_mutation SET name = ''", "DELETE FROM workflow_step",
                       "DELETE FROM workflow_event", "UPDATE workflow_message SET content = ''",
                       "TRUNCATE workflow_inbox", "CREATE TABLE mine (a int)",
                       "DELETE FROM workflow_tombstone", "UPDATE workflow_tombstone SET key = ''",
                       "DROP TABLE workflow_rate", "UPDATE nava_migration SET version = 1"});
}

TEMPLATE_TEST_CASE("tool: an operator deletes and purges too", "[tool]", postgresql_schema,
                   postgresql_partitioned) {
  if (!TestType::available()) return;
  TestType database;
  (void)database.open();
  const granted_role role{database, "operator"};
  runtime run = runtime_at(role.url());
  (void)work_off(run);
  CHECK(run.store().purge({.finished_for = 0s}).workflows == 1);
  const uuid again = run.start("order", about).workflow_id;
  CHECK(run.store().erase(again));
  CHECK(run.store().purge({.finished_for = 0s}).complete);
  role.expect_refused({"UPDATE workflow_mutation SET name = ''", "TRUNCATE workflow_inbox",
                       "ALTER TABLE workflow ADD COLUMN a int"});
}

TEMPLATE_TEST_CASE("tool: a reader lists, shows and verifies, and a publisher stores events alone",
                   "[tool]", postgresql_schema, postgresql_partitioned) {
  if (!TestType::available()) return;
  TestType database;
  runtime owner{std::shared_ptr{database.open()}, {order()}};
  const uuid id = owner.start("order", about).workflow_id;
  {
    const granted_role role{database, "reader"};
    const auto store = persistence::open_store(role.url());
    CHECK(store->list({}).workflows.size() == 1);
    CHECK(store->history(id));
    CHECK(verify_workflows(*store).contradictions == 0);
    const auto verified =
        run_nava({"verify", "--database", role.url().location(), "--schema", database.schema()});
    CAPTURE(verified.out, verified.err);
    CHECK(verified.exit_code == done);
    CHECK(error_of([&] { store->limit_running("cut", 1); }).sqlstate() == "42501");
    role.expect_refused({"INSERT INTO workflow_inbox (event_name) VALUES ('x')",
                         "DELETE FROM workflow", "UPDATE workflow SET title = ''"});
  }
  const granted_role role{database, "publisher"};
  const auto statement =
      publish_statement({.name = "sewn", .resource = about, .key = "s"}, sql_client::libpq);
  std::string sql = statement.text;
  for (std::size_t i = statement.parameters.size(); i-- > 0;) {
    const std::string place = "$" + std::to_string(i + 1);
    const auto& value = statement.parameters[i].value;
    const auto at = sql.find(place);
    REQUIRE(at != std::string::npos);
    sql.replace(at, place.size(), value ? "'" + *value + "'" : "NULL");
  }
  CAPTURE(sql);
  (void)raw_postgresql(role.url().location(), database.schema())->run(sql);
  CHECK(owner.store().list_events({}).size() == 1);
  role.expect_refused({"SELECT * FROM workflow", "SELECT * FROM workflow_inbox",
                       "INSERT INTO workflow_inbox (seq, event_name) VALUES (-5, 'x')",
                       "DELETE FROM workflow_inbox"});
}

TEST_CASE("tool: grants names what it does not know, and quotes names", "[tool]") {
  check_complaint(run_nava({"grants", "app", "--for", "everything"}), misused, "everything");
  check_complaint(run_nava({"grants", "app"}), misused, "--for");
  check_complaint(run_nava({"grants", "app", "--for", "reader", "--schema", "No"}), misused,
                  "schema name");
  const auto printed = run_nava({"grants", "a\"b; --", "--for", "publisher"});
  CHECK(printed.out ==
        "GRANT USAGE ON SCHEMA \"nava\" TO \"a\"\"b; --\";\n"
        "GRANT INSERT (event_key, event_name, resource_name, resource_id, event_data, "
        "event_args, selector, at, actor) ON \"nava\".\"workflow_inbox\" TO \"a\"\"b; --\";\n");
  CHECK_THAT(run_nava({"grants", "app", "--for", "operator", "--partitioned"}).out,
             Contains("\"workflow_resource\""));
  CHECK_THAT(run_nava({"grants", "app", "--for", "operator"}).out,
             !Contains("\"workflow_resource\""));
}
