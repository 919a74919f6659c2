// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>

#include "integration/guards/guard_counts.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr int realistic = 2'000;  // workflows: the planner would scan a table of a few

std::vector<std::string> child_tables() {
  std::vector<std::string> names;
  for (const auto& table : schema::workflow_database<>::description.tables)
    if (!table.foreign_keys.empty()) names.emplace_back(table.name);
  REQUIRE(names.size() == 10);
  return names;
}

// The plan of a statement that the trigger of a foreign key runs, when its session has run it
// often, in the words of ri_triggers.c.
std::string generic_plan(raw_session& raw, const std::string& statement) {
  raw.run("SET plan_cache_mode = force_generic_plan");
  raw.run("PREPARE cascade (uuid) AS " + statement);
  std::string plan;
  for (const auto& line : raw.run("EXPLAIN (COSTS OFF) EXECUTE cascade "
                                  "('00000000-0000-0000-0000-000000000000')"))
    plan += line.front() + "\n";
  raw.run("DEALLOCATE cascade");
  return plan;
}

std::string cascade_delete(const std::string& child) {
  return fmt::format("DELETE FROM ONLY {} WHERE $1 OPERATOR(pg_catalog.=) workflow_id", child);
}

std::string cascade_update(const std::string& child) {
  return fmt::format(
      "UPDATE ONLY {} SET workflow_id = $1 WHERE $1 OPERATOR(pg_catalog.=) "
      "workflow_id",
      child);
}

// The primary key of each child begins with the id of its workflow; a unique key may too, and then
// costs the same.
bool descends_an_index(const std::string& plan) {
  return plan.find("Seq Scan") == std::string::npos &&
         plan.find("Index Cond: (workflow_id = $1)") != std::string::npos;
}

void drop_keys(counted_database& database, const std::string& table) {
  for (const auto& key : database.raw().run(
           "SELECT conname FROM pg_constraint WHERE contype IN ('p', 'u') AND conrelid = '" +
           table + "'::regclass"))
    database.raw().run(fmt::format("ALTER TABLE {} DROP CONSTRAINT {}", table, key.front()));
}

std::int64_t seq_scans(const counts& of) {
  std::int64_t scans = 0;
  for (const auto& [name, each] : of) scans += each.seq_scans;
  return scans;
}

definition claim_definition() {
  definition_builder claim{"claim", revision{1}};
  claim.title("Claim").stage("review", "Review");
  claim.step("approval", {.stage = "review", .states = {"ASKED"}})
      .on("answered", [](step_context& step, const event&) {
        step.memorize({{"yes", true}});
      });
  claim.on_started([](workflow_context& workflow) {
    workflow.add_step("approval").transit("ASKED");
    workflow.add_task("mail", {});
  });
  return claim.build();
}

// The life of `lives` workflows: start, event, loads, the same event again, delete.
void live(std::shared_ptr<store> on, int lives) {
  runtime engine{std::move(on), {claim_definition()}};
  for (int i = 0; i < lives; ++i) {
    const resource about{"claim", fmt::format("lived-{}", i)};
    const uuid id = engine.start("claim", about).workflow_id;
    const event answered{.name = "answered", .resource = about, .key = "mail"};
    REQUIRE(engine.deliver(answered).front().result == nava::delivery::applied);
    REQUIRE(engine.deliver(answered).front().result == nava::delivery::already_applied);
    REQUIRE(engine.store().load(id));
    REQUIRE(engine.store().history(id));
    REQUIRE(engine.store().erase(id));
  }
}

// Pages that the delete of one workflow touches in the eleven tables, on average of deletes that
// are spread over the workflows from `first` to `last`.
double pages_of_a_delete(counted_database& database, int first, int last) {
  constexpr int deletes = 100;
  std::vector<uuid> ids;
  for (int i = 0; i < deletes; ++i)
    ids.push_back(database.id_of_loaded(first + i * ((last - first) / deletes)));
  const auto made = database.counts_of([&](const std::shared_ptr<store>& on) {
    for (const uuid& id : ids) REQUIRE(on->erase(id));
  });
  return static_cast<double>(pages_of(made)) / deletes;
}

// A delete descends one index in each of nine tables, and an index of a hundred times as many rows
// is one level deeper: 9 pages. Measured: 50.1 pages among 1,000 workflows, 59.1 among 100,000.
constexpr double growth_max = 12;

}  // namespace

TEST_CASE("guard: postgresql finds the rows of each cascade by the child's primary key") {
  if (!counted_database::available()) return;
  counted_database database;
  database.load(1, realistic);
  for (const std::string& child : child_tables())
    for (const std::string& statement : {cascade_delete(child), cascade_update(child)}) {
      const std::string plan = generic_plan(database.raw(), statement);
      INFO(plan);
      CHECK(descends_an_index(plan));
    }
  for (const std::string& child : child_tables()) {
    drop_keys(database, child);
    CHECK_FALSE(descends_an_index(generic_plan(database.raw(), cascade_delete(child))));
  }
}

TEST_CASE("guard: postgresql scans no table from start to delete") {
  if (!counted_database::available()) return;
  counted_database database;
  database.load(1, realistic);
  constexpr int lives = 200;
  const auto made = database.counts_of([](const auto& on) { live(on, lives); });
  for (const auto& [name, each] : made) {
    INFO(name);
    CHECK(each.seq_scans == 0);
    CHECK(each.pages >= lives);
  }
  drop_keys(database, "workflow_message");
  CHECK(seq_scans(database.counts_of([](const auto& on) { live(on, 10); })) >= 10);
}

TEST_CASE("guard: postgresql deletes a workflow from large tables as from small ones") {
  if (!counted_database::available()) return;
  constexpr int small = 1'000, large = 100'000;
  counted_database database;
  database.load(1, small);
  const double of_small = pages_of_a_delete(database, 1, small);
  database.load(small + 1, large);
  const double of_large = pages_of_a_delete(database, small + 1, large);
  INFO("pages of one delete: " << of_small << " of 1,000 workflows, " << of_large << " of 100,000");
  CHECK(of_small >= 9);
  CHECK(of_large - of_small <= growth_max);
}

TEST_CASE("guard: a cascade without its index touches more pages as its table grows") {
  if (!counted_database::available()) return;
  constexpr int small = 1'000, large = 5'000;
  counted_database database;
  database.load(1, small);
  drop_keys(database, "workflow_message");
  const double of_small = pages_of_a_delete(database, 1, small);
  database.load(small + 1, large);
  CHECK(pages_of_a_delete(database, small + 1, large) - of_small > growth_max);
}
