// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/schema_check.hpp>
#include <nava/nava.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <nava/schema/workflow_database.hpp>
#include <sstream>

#include "integration/tools/nava_command.hpp"
#include "support/eventually.hpp"
#include "support/postgresql_places.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

// A garment is sewn by somebody of the makers, after a task.
definition order() {
  definition_builder order{"order", revision{1}};
  order.stage("s", "Stage").role("buyer", "Buyer").starts_on("ordered");
  order.step("making", {.stage = "s", .candidates = {.groups = {"makers"}}})
      .on_task_finished("cut", [](step_context& step, const task_end&) { step.message("cut"); })
      .on("sewn", [](step_context& step, const event&) { step.finish(); });
  order.on_started([](workflow_context& on) {
    on.add_participant("buyer", "eric");
    step_context making = on.add_step("making");
    making.message("measured");
    making.add_task("cut");
  });
  return order.build();
}

std::string printed(test_database& database, words arguments) {
  if (dynamic_cast<postgresql_partitioned*>(&database) != nullptr)
    arguments.emplace_back("--partitioned");
  const auto result = run_nava(joined(std::move(arguments), {"--schema", database.url().schema()}));
  REQUIRE(result.exit_code == done);
  return result.out;
}

void separate(postgresql_schema& database) {
  (void)database.open();
  (void)database.raw()->run(printed(database, {"companies"}));
}

// A role of a company, or of all of them.
class company_role {
 public:
  company_role(postgresql_schema& database, const std::string& company,
               const std::string& purpose = "operator")
      : schema_(database.schema()),
        company_(company),
        name_(schema_ + "_" + (company.empty() ? "all" : company) + "_" + purpose),
        owner_(database.raw()) {
    owner_->run("CREATE ROLE " + name_);
    const words whose = company.empty() ? words{"--all-companies"} : words{"--company", company};
    (void)owner_->run(printed(database, joined({"grants", name_, "--for", purpose}, whose)));
  }
  company_role(const company_role&) = delete;
  company_role& operator=(const company_role&) = delete;
  ~company_role() {
    owner_->run("DROP OWNED BY " + name_ + " CASCADE");
    owner_->run("DROP ROLE " + name_);
  }

  // A login takes nava.company from the role; a session that takes the role later says it.
  [[nodiscard]] std::string location(std::string_view company) const {
    return with_parameter(postgresql_url(),
                          fmt::format("options=-c%20role%3D{}{}{}", name_,
                                      company.empty() ? "" : "%20-c%20nava.company%3D", company));
  }
  [[nodiscard]] persistence::database_url url() const {
    return persistence::database_url{location(company_), schema_};
  }
  [[nodiscard]] std::unique_ptr<raw_session> raw() const { return raw_as(company_); }
  [[nodiscard]] std::unique_ptr<raw_session> raw_as(std::string_view company) const {
    return raw_postgresql(location(company), schema_);
  }
  [[nodiscard]] std::shared_ptr<persistence::store> open(
      const persistence::store_options& options = {}) const {
    return persistence::open_store(url(), options);
  }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string schema_, company_, name_;
  std::unique_ptr<raw_session> owner_;
};

const resource about{"order", "7"};

runtime runtime_of(const company_role& role) { return runtime{role.open(), {order()}}; }

std::string outcome_of(raw_session& session, const std::string& sql) {
  try {
    const auto rows = session.run(sql);
    return rows.empty() ? "nothing" : rows.front().front();
  } catch (const std::runtime_error& refused) {
    return refused.what();
  }
}

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

#define COMPANIES_TEST_CASE(NAME) \
  TEMPLATE_TEST_CASE("companies: " NAME, "[companies]", postgresql_schema, postgresql_partitioned)

COMPANIES_TEST_CASE("two work side by side on the same resources, and see nothing of each other") {
  if (!TestType::available()) return;
  TestType database;
  separate(database);
  const company_role acme{database, "acme"}, globex{database, "globex"};
  runtime ours = runtime_of(acme), theirs = runtime_of(globex);
  const uuid mine = ours.start("order", about).workflow_id;
  const uuid other = theirs.start("order", about).workflow_id;
  CHECK(mine != other);
  CHECK(ours.start("order", about).workflow_id == mine);
  CHECK(ours.store().load(mine).value().state.workflow.company_id == "acme");
  CHECK(ours.store().list({}).workflows.size() == 1);
  CHECK_FALSE(ours.store().load(other));
  CHECK_FALSE(ours.store().history(other));
  CHECK(ours.store().load(about).size() == 1);
  CHECK(ours.worklist({.user = "eva", .groups = {"makers"}}).items.size() == 1);

  ours.store().limit_running("cut", 1);
  ours.store().limit_rate("cut", persistence::task_rate{.tasks = 100, .period = 1s, .burst = 10});
  CHECK(theirs.store().running_limit("cut") == 0);
  CHECK_FALSE(theirs.store().rate_limit("cut"));
  const auto nothing = [](task_context&) { return json::object{}; };
  {
    const worker works{ours, {{"cut", nothing}}, {.poll = 20ms}};
    const inbox_drainer delivers{ours, {.poll = 20ms}};
    const auto made = ours.store().load(mine).value().state.steps.at(0).id;
    (void)ours.claim(mine, made, {.user = "eva", .groups = {"makers"}});
    (void)ours.publish({.name = "sewn", .resource = about, .key = "s"});
    (void)ours.publish({.name = "ordered", .resource = {"order", "8"}, .key = "o"});
    CHECK(eventually([&] {
      return ours.store().load(mine).value().state.workflow.status ==
                 schema::workflow_status::completed &&
             ours.store().load({"order", "8"}).size() == 1 && ours.store().list_events({}).empty();
    }));
  }
  CHECK(theirs.store().load(other).value().state.workflow.status ==
        schema::workflow_status::active);
  CHECK(theirs.store().load({"order", "8"}).empty());
  CHECK(theirs.store().list_tasks({}).size() == 1);
  CHECK(verify_workflows(ours.store()).contradictions == 0);
  CHECK(verify_workflows(theirs.store()).contradictions == 0);

  CHECK_FALSE(ours.store().erase(other));
  CHECK(ours.store().purge({.finished_for = 0s}).workflows == 1);
  CHECK(theirs.store().load(other));
  CHECK(theirs.store().erase(other));
  CHECK(theirs.store().list({}).workflows.empty());
}

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
  // Whoever says another company than that of the role writes nothing.
  const auto liar = acme.raw_as("globex");
  CHECK(outcome_of(*liar, "SELECT 1 FROM workflow") == "nothing");
  CHECK_THAT(outcome_of(*liar,
                        "INSERT INTO workflow_inbox (event_name, resource_name, "
                        "resource_id, event_data) VALUES ('sewn', 'order', '7', '{}')"),
             Contains("violates row-level security"));
  CHECK_THAT(outcome_of(*attacker, "SET row_security = off; SELECT 1 FROM workflow"),
             Contains("row-level security"));
  CHECK(database.postgresql_schema::dump() == before);

  const auto owner = database.raw();
  for (const auto& row :
       owner->run("SELECT cast(oid AS regclass) FROM pg_class WHERE "
                  "relrowsecurity AND relnamespace = current_schema()::regnamespace"))
    owner->run("ALTER TABLE " + row.front() + " DISABLE ROW LEVEL SECURITY");
  const auto open = acme.raw();
  for (const std::string& sql : reaching_for(id)) {
    CAPTURE(sql);
    open->run("BEGIN");
    CHECK_THAT(outcome_of(*open, sql), !Catch::Equals("nothing"));
    open->run("ROLLBACK");
  }
}

COMPANIES_TEST_CASE("a start for another company, or for none, is refused, and none moves") {
  if (!TestType::available()) return;
  TestType database;
  separate(database);
  const company_role acme{database, "acme"}, all{database, ""};
  runtime ours = runtime_of(acme);
  const auto refused =
      error_of([&] { (void)ours.start("order", about, {}, {.company_id = "globex"}); });
  CHECK(refused.kind() == error_kind::check);
  CHECK(refused.constraint() == "give_company");
  CHECK(ours.start("order", about, {}, {.company_id = "acme"}).result == delivery::applied);
  runtime any = runtime_of(all);
  CHECK(any.store().list({}).workflows.size() == 1);
  CHECK_THROWS_AS(any.start("order", {"order", "9"}), error);
  CHECK_THAT(outcome_of(*acme.raw(), "UPDATE workflow SET company_id = 'globex'"),
             Contains("row-level security") || Contains("stays with its company"));
}

COMPANIES_TEST_CASE("a late start is refused in the company that deleted") {
  if (!TestType::available()) return;
  TestType database;
  separate(database);
  const company_role acme{database, "acme"}, globex{database, "globex"}, all{database, ""};
  const persistence::store_options remembering{
      .tombstones = {.keep_for = 1h, .one_per_resource = {"expense-claim"}}};
  const auto ours = acme.open(remembering), theirs = globex.open(remembering);
  REQUIRE(ours->create(first_unit(1)) == commit_result::applied);
  CHECK(ours->erase(first_unit(1).workflow.id));
  CHECK(error_of([&] { (void)ours->create(first_unit(1)); }).kind() == error_kind::deleted);
  // The same resource is another's there.
  auto same_resource = first_unit(2);
  same_resource.workflow.resource_id = first_unit(1).workflow.resource_id;
  CHECK(theirs->create(same_resource) == commit_result::applied);
  // An operator of all companies deletes: nobody starts it again.
  CHECK(all.open(remembering)->erase(same_resource.workflow.id));
  CHECK(error_of([&] { (void)theirs->create(same_resource); }).kind() == error_kind::deleted);
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
  CHECK(findings() == std::vector<std::string>{});
}

COMPANIES_TEST_CASE("it is not turned on while a workflow has no company, and once only") {
  if (!TestType::available()) return;
  TestType database;
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  const std::string sql = printed(database, {"companies"});
  CHECK_THAT(outcome_of(*database.raw(), sql), Contains("ck_workflow_company_id"));
  database.raw()->run("UPDATE workflow SET company_id = 'acme'");
  (void)database.raw()->run(sql);
  CHECK_THAT(outcome_of(*database.raw(), sql), Contains("already exists"));
  const company_role acme{database, "acme"}, globex{database, "globex"};
  CHECK(acme.open()->history(first_unit(1).workflow.id));
  CHECK(
      acme.open()->claim({.lanes = {{"mail-manager"}}, .lease = 1s, .owner = "ada"}).tasks.empty());
  auto first = first_unit(1);
  first.workflow.company_id = "acme";
  CHECK(acme.open()->commit(next_unit(first)) == commit_result::applied);
  CHECK_FALSE(globex.open()->history(first_unit(1).workflow.id));
}

TEST_CASE("companies: partitions that upkeep makes are separated, and upkeep counts all companies",
          "[companies]") {
  if (!postgresql_partitioned::available()) return;
  postgresql_partitioned database;
  separate(database);
  const auto made = persistence::maintain_partitions(database.url(), {.ahead = 12});
  CHECK_FALSE(made.made.empty());
  const auto open = [&] {
    return database.raw()->value(
        "SELECT count(*) FROM pg_inherits AS i JOIN pg_class AS p ON p.oid = i.inhparent JOIN "
        "pg_class AS c ON c.oid = i.inhrelid WHERE p.relkind = 'p' AND p.relnamespace = "
        "current_schema()::regnamespace AND NOT c.relrowsecurity");
  };
  CHECK(open() == "0");
  const company_role acme{database, "acme"}, all{database, ""};
  auto old = first_unit(1);
  REQUIRE(acme.open()->create(old) == commit_result::applied);
  // It would count no workflow of acme's, and drop them all.
  const persistence::database_url by_globex{
      with_parameter(acme.url().location(), "application_name=upkeep"), database.schema()};
  CHECK_THROWS_AS(persistence::maintain_partitions(by_globex, {.ahead = 1, .drop_older_than = 0h}),
                  error);
  CHECK(acme.open()->load(old.workflow.id));
}
