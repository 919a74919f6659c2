// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nava/schema/text.hpp>

#include "persistence/list/list_statement.hpp"
#include "persistence/sqlite/file_statements.hpp"
#include "support/sqlite_statements.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

std::string plan_of(sqlite_file& database, list_request request) {
  std::string plan;
  for (const auto& row : database.raw()->run(
           "EXPLAIN QUERY PLAN " + list_query{request}.made_for(sqlite::queries().list).sql()))
    plan += row[3] + '\n';
  return plan;
}

}  // namespace

TEST_CASE("guard: sqlite walks along the index of a list, and sorts nothing") {
  using Catch::Contains;
  sqlite_file database;
  (void)database.open();
  const std::string place = place_of(first_unit(1).workflow);
  for (const bool is_newest_first : {false, true})
    for (const std::string& after : {std::string{}, place}) {
      const auto walks = [&](list_request request, std::string_view index) {
        request.newest_first = is_newest_first;
        request.after = after;
        if (request.order == list_order::finished && !after.empty())
          request.after = "2026-01-01T00:00:00.000000Z/" + after;
        const std::string plan = plan_of(database, request);
        INFO(plan);
        CHECK_THAT(plan, Contains(std::string{index}));
        CHECK_THAT(plan, !Contains("TEMP B-TREE"));
      };
      walks({.owner_id = "eva"}, "USING INDEX ix_workflow_owner_id (");
      walks({.company_id = "acme"}, "USING INDEX ix_workflow_company_id (");
      walks({.statuses = {schema::workflow_status::paused}}, "USING INDEX ix_workflow_open");
      walks({.order = list_order::finished}, "USING INDEX ix_workflow_ts_finish");
      walks({.finished = {.from = instant(1), .before = instant(2)}, .order = list_order::finished},
            "USING INDEX ix_workflow_ts_finish (");
      walks({}, "USING PRIMARY KEY");
    }
}

// A plan does not tell by which of two bounds of a side SQLite narrows an index.
TEST_CASE("guard: sqlite reads no more for a deep page of a list than for the first") {
  sqlite_file database;
  const sqlite_statements counted;
  const auto store = database.open();
  constexpr int workflows = 2'000;
  database.raw()->run(fmt::format(
      "INSERT INTO workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, "
      "owner_id, title, status, progress, revision, last_seq, ts_finish, sys_tag, usr_tag, "
      "_created, _updated) WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n "
      "< {}) SELECT printf('00000000-0000-7000-8000-%012x', n), 'claim', 1, 'tests', 'claim', n, "
      "'eva', 'Claim', 'COMPLETED', 1, 2, 0, printf('2026-01-01T%02d:%02d:00.000000Z', n / 60 % "
      "24, n % 60), '[]', '[]', '2026-01-01T00:00:00.000000Z', '2026-01-01T00:00:00.000000Z' FROM "
      "n",
      workflows));
  for (const bool is_newest_first : {false, true})
    for (list_request request :
         {list_request{.owner_id = "eva"},
          list_request{.finished = {.from = schema::parse_timestamp("2026-01-01T00:00:00Z"),
                                   .before = schema::parse_timestamp("2026-01-02T00:00:00Z")},
          .order = list_order::finished}}) {
      request.newest_first = is_newest_first;
      request.limit = 100;
      const auto steps_of_page = [&](std::string& place) {
        const std::size_t before = counted.vm_steps();
        place = store->list(request).next;
        return counted.vm_steps() - before;
      };
      const auto first = steps_of_page(request.after);
      std::size_t last = 0;
      while (!request.after.empty()) last = steps_of_page(request.after);
      INFO(first << " and " << last);
      CHECK(last <= first + first / 4);
    }
}
