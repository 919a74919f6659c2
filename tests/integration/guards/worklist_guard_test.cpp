// SPDX-License-Identifier: Apache-2.0
#include "integration/guards/guard_counts.hpp"
#include "persistence/sqlite/file_statements.hpp"
#include "persistence/worklist/worklist_statement.hpp"
#include "support/sqlite_statements.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr std::int64_t pages_allowed = 500;
constexpr int pages_read = 8;  // the first plans of a statement are for its parameters alone

worklist_request of_ten_groups() {
  worklist_request request{.user = "eva", .limit = 50};
  for (int i = 0; i < 10; ++i) request.groups.push_back(fmt::format("group-{}", 10 * i));
  return request;
}

std::int64_t pages_of_one(counted_database& database) {
  std::int64_t pages = 0;
  for (const auto& [table, counted] : database.counts_of([](const std::shared_ptr<store>& stored) {
         worklist_request request = of_ten_groups();
         for (int i = 0; i < pages_read; ++i) {
           const worklist_page page = stored->worklist(request);
           CHECK(page.items.size() == request.limit);
           request.after = page.next;
         }
       }))
    pages += counted.pages;
  return pages / pages_read;
}

}  // namespace

TEST_CASE("guard: postgresql shows a page of a worklist from as many pages, however long it is") {
  if (!counted_database::available()) return;
  counted_database database;
  // Every workflow has an open step, of one of a hundred groups.
  database.load(1, at_scale(10'000));
  database.raw().run(
      "UPDATE workflow_worklist SET principal = 'group-' || abs(hashtext(workflow_id::text)) % "
      "100, ts_due = ts_due + abs(hashtext('at' || workflow_id)) % 2592000 * interval '1 s'");
  database.raw().run("VACUUM ANALYZE workflow_worklist");
  const auto pages = pages_of_one(database);
  INFO(pages << " pages for 50 steps of " << at_scale(10'000));
  CHECK(pages < pages_allowed);
  // It counts: without the index the whole worklist is read.
  database.raw().run("DROP INDEX ix_workflow_worklist_ts_due");
  CHECK(pages_of_one(database) > 2 * pages);
}

TEST_CASE("guard: sqlite walks along the index for each name of a worklist, and sorts no walk") {
  sqlite_file database;
  (void)database.open();
  const worklist_query query{of_ten_groups(), false};
  const std::string sql = query.made_for(sqlite::queries().worklist).sql();
  std::size_t walks = 0, sorts = 0;
  for (const auto& row : database.raw()->run("EXPLAIN QUERY PLAN " + sql)) {
    walks += row[3].find("USING COVERING INDEX ix_workflow_worklist_ts_due") != std::string::npos;
    sorts += row[3].find("TEMP B-TREE FOR ORDER BY") != std::string::npos;
  }
  // The names are padded to powers of two: one user, twice, and 16 groups.
  CHECK(walks == 18);
  // The page is sorted, once merged and once with its rows.
  CHECK(sorts == 2);
}

// Steps without ts_due all stand at one time: their places differ by their ids alone.
TEST_CASE("guard: sqlite reads no more for a deep page of a worklist than for the first") {
  sqlite_file database;
  const sqlite_statements counted;
  const auto store = database.open();
  constexpr int steps = 1'000;
  for (std::uint64_t number = 1; number <= steps; ++number) {
    auto unit = first_unit(number);
    unit.worklist.inserted = {{unit.workflow.id, unit.steps.inserted.front().id,
                               schema::worklist_place::group, "managers", schema::worklist_never,
                               std::nullopt}};
    REQUIRE(store->create(unit) == commit_result::applied);
  }
  worklist_request request{.user = "eva", .groups = {"managers"}, .limit = 100};
  const auto steps_of_page = [&] {
    const std::size_t before = counted.vm_steps();
    request.after = store->worklist(request).next;
    return counted.vm_steps() - before;
  };
  const auto first = steps_of_page();
  std::size_t last = 0;
  while (!request.after.empty()) last = steps_of_page();
  INFO(first << " and " << last);
  CHECK(last <= first + first / 4);
}
