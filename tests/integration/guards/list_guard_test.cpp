// SPDX-License-Identifier: Apache-2.0
#include "persistence/list/list_statement.hpp"
#include "persistence/sqlite/file_statements.hpp"
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
      walks({.owner_id = "eva"}, "USING INDEX ix_workflow_owner_id (owner_id=?");
      walks({.company_id = "acme"}, "USING INDEX ix_workflow_company_id (company_id=?");
      walks({.statuses = {schema::workflow_status::paused}}, "USING INDEX ix_workflow_open");
      walks({.order = list_order::finished}, "USING INDEX ix_workflow_ts_finish");
      walks({.finished = {.from = instant(1), .before = instant(2)}, .order = list_order::finished},
            "USING INDEX ix_workflow_ts_finish (ts_finish>? AND ts_finish<?)");
      walks({}, "workflow");
    }
}
