// SPDX-License-Identifier: Apache-2.0
#include <nava/inspection/schema_check.hpp>
#include <nava/runtime/verify_workflows.hpp>
#include <nava/schema/workflow_database.hpp>

#include "integration/persistence/separated_companies.hpp"
#include "support/eventually.hpp"
#include "support/key_rings.hpp"

using namespace nava;
using namespace nava::test;
using namespace nava::test::companies;
using namespace std::chrono_literals;
using Catch::Contains;

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
  CHECK_THAT(outcome_of(*database.raw(), "UPDATE workflow SET company_id = 'globex'"),
             Contains("stays with its company"));
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
  // What a role of all companies has deleted may be started again.
  CHECK(all.open(remembering)->erase(same_resource.workflow.id));
  CHECK(theirs->create(same_resource) == commit_result::applied);
  // What one company has remembered too long does not take the tombstone of another away.
  const auto owner = database.raw();
  owner->run(
      "UPDATE workflow_tombstone SET ts_expire = now() - interval '1 hour' WHERE company_id "
      "= 'acme'");
  owner->run(
      "INSERT INTO workflow_tombstone SELECT key, now() + interval '1 day', 'globex' FROM "
      "workflow_tombstone WHERE company_id = 'acme'");
  (void)database.open()->purge({.finished_for = 0s});
  CHECK(owner->value("SELECT string_agg(DISTINCT company_id, ',') FROM workflow_tombstone WHERE "
                     "company_id <> ''") == "globex");
  CHECK(outcome_of(*acme.raw(), "SELECT 1 FROM workflow_tombstone") == "nothing");
}

COMPANIES_TEST_CASE(
    "it is not turned on while a workflow has no company; again it changes nothing") {
  if (!TestType::available()) return;
  TestType database;
  const auto store = database.open();
  REQUIRE(store->create(first_unit(1)) == commit_result::applied);
  const std::string sql = printed(database, {"companies"});
  CHECK_THAT(outcome_of(*database.raw(), sql), Contains("ck_workflow_company_id"));
  database.raw()->run("UPDATE workflow SET company_id = 'acme'");
  (void)database.raw()->run(sql);
  const auto once = database.postgresql_schema::dump();
  (void)database.raw()->run(sql);
  CHECK(database.postgresql_schema::dump() == once);
  CHECK(inspection::check_schema(database.url(), schema::workflow_database<>::description).empty());
  CHECK_THROWS_WITH(persistence::migrate_to(database.url(), 9, data_loss::accept),
                    Contains("open to all"));
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
  const company_role globex{database, "globex"};
  CHECK_THROWS_WITH(
      persistence::maintain_partitions(globex.url(), {.ahead = 1, .drop_older_than = 0h}),
      Contains("row-level security"));
  CHECK(acme.open()->load(old.workflow.id));
}

COMPANIES_TEST_CASE(
    "an event of the inbox whose company is in doubt keeps it from being turned on") {
  if (!TestType::available()) return;
  TestType database;
  const auto store = database.open();
  for (const std::uint64_t number : {1, 2}) {
    auto unit = first_unit(number);
    unit.workflow.resource_id = "shared";
    unit.workflow.wfdef_key = "definition-" + std::to_string(number);
    unit.workflow.company_id = number == 1 ? "acme" : "globex";
    REQUIRE(store->create(unit) == commit_result::applied);
  }
  schema::workflow_inbox event;
  event.event_name = "paid";
  event.resource_name = "claim";
  event.resource_id = "shared";
  (void)store->store_event(event);
  const std::string sql = printed(database, {"companies"});
  CHECK_THAT(outcome_of(*database.raw(), sql), Contains("company_id"));
  database.raw()->run("DELETE FROM workflow_inbox");
  CHECK_THAT(outcome_of(*database.raw(), sql), !Contains("ERROR"));
}

COMPANIES_TEST_CASE(
    "publishers and readers of a company, and grants before companies are separated") {
  if (!TestType::available()) return;
  TestType database;
  (void)database.open();
  const auto owner = database.raw();
  const std::string early = database.schema() + "_early";
  owner->run("CREATE ROLE " + early);
  CHECK_THAT(outcome_of(*owner, printed(database,
                                        {"grants", early, "--for", "reader", "--company", "acme"})),
             Contains("company_id"));
  owner->run("ROLLBACK");
  CHECK(owner->value(
            "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace "
            "AND relacl::text LIKE '%_early=%'") == "0");
  owner->run("DROP OWNED BY " + early + "; DROP ROLE " + early);
  separate(database);
  const company_role publisher{database, "acme", "publisher"}, reader{database, "acme", "reader"},
      globex{database, "globex"};
  const std::string insert =
      "INSERT INTO workflow_inbox (event_name, resource_name, resource_id) VALUES ('sewn', "
      "'order', '7')";
  CHECK(outcome_of(*publisher.raw(), insert) == "nothing");
  CHECK(reader.open()->list_events({}).size() == 1);
  CHECK(globex.open()->list_events({}).empty());
  CHECK_THAT(outcome_of(*publisher.raw(), "SELECT 1 FROM workflow_inbox"),
             Contains("permission denied"));
  CHECK_THAT(outcome_of(*globex.raw(),
                        "INSERT INTO workflow_inbox (seq, event_name, resource_name, "
                        "resource_id) OVERRIDING SYSTEM VALUE VALUES (2, 'x', 'y', 'z')"),
             Contains("permission denied"));
  check_complaint(run_nava({"grants", "x", "--for", "engine", "--all-companies"}), misused,
                  "a reader or an operator");
}

COMPANIES_TEST_CASE("a role of one company destroys no key of another") {
  if (!TestType::available()) return;
  TestType database;
  separate(database);
  const company_role acme{database, "acme"}, globex{database, "globex"};
  const auto keys = ring_in_memory();
  REQUIRE(globex.open({.keys = keys})->create(first_unit(1)) == commit_result::applied);
  REQUIRE(acme.open({.keys = keys})->create(first_unit(2)) == commit_result::applied);
  const auto refused =
      error_of([&] { (void)persistence::destroy_orphaned_keys(acme.url(), *keys, {.age = 0s}); });
  CHECK(refused.sqlstate() == "42501");
  CHECK(persistence::destroy_orphaned_keys(database.url(), *keys, {.age = 0s}).orphaned == 0);
}
