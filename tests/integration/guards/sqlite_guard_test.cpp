// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>

#include "integration/guards/guard_counts.hpp"
#include "support/sqlite_statements.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr std::uint64_t workflows = 400;
constexpr std::uint64_t measured = 20;

// Many workflows, and the last decision on each of the first ones.
class filled_file {
 public:
  filled_file() : store(database.open()) {
    for (std::uint64_t number = 1; number <= workflows; ++number) {
      const auto first = first_unit(number);
      REQUIRE(store->create(first) == commit_result::applied);
      if (number % (workflows / measured) == 0) last.push_back(first);
    }
    REQUIRE(last.size() == measured);
  }

  void decide() {
    for (auto& unit : last) {
      unit = decision_of_14_rows(unit);
      REQUIRE(store->commit(unit) == commit_result::applied);
    }
  }

  // Pages that `work` adds to the log, for each of the workflows. The log is emptied before, and
  // the store does not empty it in between: it holds far fewer pages than the 1,000 that make it.
  template <class Work>
  double pages_logged(Work work) {
    const auto raw = database.raw();
    REQUIRE(raw->run("PRAGMA wal_checkpoint(TRUNCATE)").front().front() == "0");
    work();
    constexpr std::uintmax_t file_header = 32, frame_header = 24;
    const auto page = static_cast<std::uintmax_t>(std::stoll(raw->value("PRAGMA page_size")));
    const auto bytes = std::filesystem::file_size(database.path().string() + "-wal");
    return static_cast<double>((bytes - file_header) / (page + frame_header)) / measured;
  }

  // Of one decision, on average of several: now and then one splits a page.
  double pages_of_a_decision() {
    constexpr int rounds = 5;
    double pages = 0;
    for (int i = 0; i < rounds; ++i) pages += pages_logged([this] { decide(); });
    return pages / rounds;
  }

  double pages_of_a_delete() {
    return pages_logged([this] {
      for (const auto& unit : last) REQUIRE(store->erase(unit.workflow.id));
    });
  }

  sqlite_file database;
  std::unique_ptr<persistence::store> store;
  std::vector<unit_of_work> last;
};

// Measured: 18.5 pages for a decision, 20.9 with one index more; 33.6 for the delete of a workflow
// with 85 rows, about 41 with that index.
constexpr double decision_pages_max = 19;
constexpr double delete_pages_max = 35;

}  // namespace

TEST_CASE("guard: sqlite logs a decision and a delete in few pages") {
  filled_file file;
  const double decision = file.pages_of_a_decision();
  const double removal = file.pages_of_a_delete();
  INFO(decision << " pages for a decision, " << removal << " for a delete");
  CHECK(decision <= decision_pages_max);
  CHECK(removal <= delete_pages_max);

  filled_file indexed;
  indexed.database.raw()->run("CREATE INDEX more ON workflow_mutation (transaction_id)");
  const double more = indexed.pages_of_a_decision();
  const double more_removal = indexed.pages_of_a_delete();
  INFO(more << " and " << more_removal << " with an index more");
  CHECK(more > decision_pages_max);
  CHECK(more_removal > delete_pages_max);
}

TEST_CASE("guard: sqlite runs few statements for a decision, and one for a load") {
  sqlite_file database;
  const sqlite_statements statements;
  const auto store = database.open();
  const auto first = first_unit(1);
  const uuid id = first.workflow.id;
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->load(id));
  const auto count = [&](auto call) {
    const std::size_t before = statements.run();
    call();
    return statements.run() - before;
  };
  // BEGIN, the workflow, a row each, COMMIT.
  CHECK(count([&] {
          REQUIRE(store->commit(decision_of_14_rows(first)) == commit_result::applied);
        }) == 17);
  CHECK(count([&] { REQUIRE(store->load(id)); }) == 1);
  // The delete, and what SQLite runs for each of the ten keys.
  CHECK(count([&] { REQUIRE(store->erase(id)); }) == 11);
}

TEST_CASE("guard: sqlite finds the rows of each cascade by an index that begins with its key") {
  filled_file file;
  const auto raw = file.database.raw();
  raw->run("ANALYZE");
  const auto plan_of = [&](std::string_view table) {
    const auto plan =
        raw->run(fmt::format("EXPLAIN QUERY PLAN DELETE FROM {} WHERE workflow_id = 'x'", table));
    REQUIRE(plan.size() == 1);
    return plan.front().back();
  };
  using Catch::Contains;
  for (const auto& table : schema::workflow_database<>::description.tables)
    if (!table.foreign_keys.empty())
      CHECK_THAT(plan_of(table.name), Contains("SEARCH") && Contains("(workflow_id=?)"));
  raw->run("CREATE TABLE bare (_id TEXT PRIMARY KEY, workflow_id TEXT) STRICT, WITHOUT ROWID");
  CHECK_THAT(plan_of("bare"), Contains("SCAN"));
}
