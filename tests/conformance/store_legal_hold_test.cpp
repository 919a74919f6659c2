// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/text.hpp>

#include "conformance/store_test_case.hpp"
#include "support/purge_units.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;

namespace {

const json::object audit{{"legal_hold", "audit"}};

uuid workflow(std::uint64_t number) { return id_of(id_kind::workflow, number); }

// Workflow `number`, which finished, with these system tags.
unit_of_work tagged(std::uint64_t number, json::array sys_tag) {
  auto unit = finished_unit(number, instant(static_cast<int>(number)));
  unit.workflow.sys_tag = std::move(sys_tag);
  return unit;
}

// The same workflow a decision later.
unit_of_work tagged_again(const unit_of_work& before, json::array sys_tag) {
  auto unit = next_unit(before);
  unit.workflow.sys_tag = std::move(sys_tag);
  return unit;
}

void check_refused(const error& thrown, std::uint64_t number, const std::string& holds) {
  CHECK(thrown.kind() == error_kind::legal_hold);
  CHECK(thrown.what() == "workflow " + schema::to_text(workflow(number)) + " is under legal hold " +
                             holds + " and was not deleted; release it first");
}

purge_report purge(store& store, std::size_t batch_max = purge_batch_max) {
  return store.purge({.finished_for = 0s, .batch_max = batch_max}, at(instant(1000)));
}

}  // namespace

STORE_TEST_CASE("a workflow under a legal hold is not erased until the hold is released") {
  const auto store = database.open();
  const auto unit =
      tagged(1, {{{"parent", "p"}, {"task", "t"}}, audit, {{"legal_hold", "case 7"}}});
  REQUIRE(store->create(unit) == commit_result::applied);
  const std::string kept = database.dump(*store);
  check_refused(error_of([&] { store->erase(workflow(1)); }), 1, "'audit', 'case 7'");
  check_refused(error_of([&] { (void)store->erase_and_count(workflow(1)); }), 1,
                "'audit', 'case 7'");
  CHECK(database.dump(*store) == kept);

  REQUIRE(store->commit(tagged_again(unit, {{{"parent", "p"}, {"task", "t"}}})) ==
          commit_result::applied);
  CHECK(store->erase(workflow(1)));
  CHECK_FALSE(store->erase(workflow(1)));
}

STORE_TEST_CASE("whatever stands for a legal hold holds, and nothing else does") {
  const auto store = database.open();
  std::uint64_t number = 0;
  const auto holds = [&](json::array sys_tag) {
    REQUIRE(store->create(tagged(++number, std::move(sys_tag))) == commit_result::applied);
    const bool holds_purge = purge(*store).workflows == 0;
    bool holds_erase = false;
    try {
      store->erase(workflow(number));
    } catch (const error& kept) {
      holds_erase = kept.kind() == error_kind::legal_hold;
    }
    CHECK(holds_purge == store->load(workflow(number)).has_value());
    CHECK(holds_purge == holds_erase);
    return holds_erase;
  };
  CHECK(holds({audit}));
  CHECK(holds({{{"legal_hold", nullptr}}}));
  CHECK(holds({{{"legal_hold", 7}}}));
  CHECK_FALSE(holds({}));
  CHECK_FALSE(holds({"legal_hold", 7, nullptr, json::array{"legal_hold"}}));
  CHECK_FALSE(holds({json::array{audit}}));
  CHECK_FALSE(holds({{{"Legal_hold", "audit"}}, {{"note", {{"legal_hold", "audit"}}}}}));
}

STORE_TEST_CASE("what somebody has written by hand in place of a legal hold holds too") {
  if (database.url().in_memory()) return;  // another session would have a database of its own
  const auto store = database.open();
  REQUIRE(store->create(tagged(1, {})) == commit_result::applied);
  const auto raw = raw_of(database);
  for (const char* const tags :
       {R"({"legal_hold": "audit"})", R"("legal_hold")", R"([{"legal\u005fhold": "audit"}])"}) {
    CAPTURE(tags);
    raw->run(std::string{"UPDATE workflow SET sys_tag = '"} + tags + "'");
    CHECK(purge(*store).workflows == 0);
    CHECK_THROWS_AS(store->erase(workflow(1)), error);
    CHECK(raw->value("SELECT count(*) FROM workflow") == "1");
  }
  raw->run("UPDATE workflow SET sys_tag = '[]'");
  CHECK(store->erase(workflow(1)));
}

STORE_TEST_CASE("a purge passes over workflows under a legal hold, and counts them") {
  const auto store = database.open();
  for (std::uint64_t number = 1; number <= 7; ++number)
    REQUIRE(store->create(tagged(number, number % 3 == 1 ? json::array{audit} : json::array{})) ==
            commit_result::applied);
  auto dry = at(instant(1000));
  dry.dry_run = true;
  const auto counted = store->purge({.finished_for = 0s}, dry);
  CHECK(counted.workflows == 4);
  CHECK(counted.under_legal_hold == 3);

  CHECK(store->list({}).workflows.size() == 7);
  const auto held = store->list({.under_legal_hold = true}).workflows;
  REQUIRE(held.size() == 3);
  for (const auto& row : held) CHECK(legal_holds_of(row) == std::vector<std::string>{"audit"});

  const std::size_t batch_max = GENERATE(std::size_t{1}, std::size_t{2}, purge_batch_max);
  const auto report = purge(*store, batch_max);
  CHECK(report.complete);
  CHECK(report.workflows == 4);
  CHECK(report.skipped == 0);
  CHECK(report.under_legal_hold == 3);
  for (std::uint64_t number = 1; number <= 7; ++number)
    CHECK(store->load(workflow(number)).has_value() == (number % 3 == 1));
}

STORE_TEST_CASE("a purge whose way is full of legal holds takes no smaller batches for them") {
  const auto store = database.open();
  const auto raw = raw_of(database);
  const bool is_sqlite = database.url().backend() == backend::sqlite;
  if (database.url().in_memory()) return;  // another session would have a database of its own
  constexpr int many = 2'500;
  insert_finished(*raw, is_sqlite, many);
  const std::string hold = "UPDATE workflow SET sys_tag = '[{\"legal_hold\": \"audit\"}]' WHERE ";
  raw->run(hold + (is_sqlite ? "cast(resource_id AS INTEGER) % 50 <> 0"
                             : "cast(resource_id AS int) % 50 <> 0"));
  const auto report = store->purge({.finished_for = 0s});
  CHECK(report.complete);
  CHECK(report.workflows == many / 50);
  CHECK(report.under_legal_hold == many - many / 50);
  CHECK(report.batches <= 6);
}
