// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

TOOL_TEST_CASE("list shows workflows, the newest first, and fewer when asked") {
  const logs given;
  REQUIRE(nava_at(database, {"migrate"}).exit_code == done);
  CHECK(nava_at(database, {"list"}).out == "no workflows\n");
  CHECK(json::parse(nava_at(database, {"list", "--json"}).out) == json::array{});

  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto text = nava_at(database, {"list"});
  CHECK(text.exit_code == done);
  CHECK_THAT(text.out, Catch::StartsWith("ID ") && Contains("case/c1") && Contains("case/c2") &&
                           Contains("COMPLETED") && Contains("100%"));
  const auto listed = [&](const words& options) {
    words ids;
    const auto result = nava_at(database, joined({"list", "--json"}, options));
    const auto rows = json::parse(result.out);
    for (const auto& row : rows.as_array()) ids.emplace_back(row.at("resource_id").as_string());
    return ids;
  };
  CHECK(listed({}) == words{"c2", "c1"});
  CHECK(listed({"--limit", "1"}) == words{"c2"});
  CHECK(listed({"--status", "COMPLETED"}) == words{"c2", "c1"});
  CHECK(listed({"--status", "Completed"}) == words{"c2", "c1"});
  CHECK(listed({"--status", "active"}).empty());
  CHECK(listed({"--definition", "small"}) == words{"c2", "c1"});
  CHECK(listed({"--definition", "unheard-of"}).empty());
}

TOOL_TEST_CASE("list has an option for each thing that it finds workflows by") {
  REQUIRE(nava_at(database, {"migrate"}).exit_code == done);
  const auto store = database.open();
  const auto create = [&](std::uint64_t number, auto change) {
    auto unit = first_unit(number);
    unit.participants.inserted.clear();
    change(unit);
    REQUIRE(store->create(unit) == commit_result::applied);
  };
  const auto at = [](const char* time) { return schema::parse_timestamp(time); };
  create(1, [&](unit_of_work& unit) {
    unit.workflow.owner_id = "eva";
    unit.workflow.usr_tag = {"urgent"};
    unit.workflow.created = *at("2026-01-10T00:00:00Z");
    unit.workflow.updated = *at("2026-03-10T00:00:00Z");
    unit.participants.inserted = {{unit.workflow.id, "boss", "max"}};
  });
  create(12, [&](unit_of_work& unit) {
    unit.workflow.company_id = "acme";
    unit.workflow.resource_name = "loan";
    unit.workflow.status = schema::workflow_status::failed;
    unit.workflow.ts_finish = at("2026-02-10T00:00:00Z");
    unit.workflow.created = *at("2026-02-01T00:00:00Z");
    unit.workflow.updated = *at("2026-02-10T00:00:00Z");
  });
  create(3, [&](unit_of_work& unit) {
    unit.workflow.status = schema::workflow_status::completed;
    unit.workflow.ts_finish = at("2026-02-20T00:00:00Z");
    unit.workflow.created = *at("2026-01-31T12:00:00Z");
    unit.workflow.updated = *at("2026-02-20T00:00:00Z");
  });
  const auto listed = [&](const words& options) {
    words ids;
    const auto result = nava_at(database, joined({"list", "--json"}, options));
    CHECK(result.exit_code == done);
    const auto rows = json::parse(result.out);
    for (const auto& row : rows.as_array())
      ids.emplace_back(row.at("resource_id").as_string().subview(6));
    return ids;
  };
  CHECK(listed({"--status", "failed", "completed"}) == words{"12", "3"});
  CHECK(listed({"--resource", "loan"}) == words{"12"});
  CHECK(listed({"--id-prefix", "claim-1"}) == words{"12", "1"});
  CHECK(listed({"--owner", "eva"}) == words{"1"});
  CHECK(listed({"--company", "acme"}) == words{"12"});
  CHECK(listed({"--tag", "urgent"}) == words{"1"});
  CHECK(listed({"--participant", "max"}) == words{"1"});
  CHECK(listed({"--created", "2026-01-31..2026-02-02"}) == words{"12", "3"});
  CHECK(listed({"--created", "2026-01-31T13:00:00Z.."}) == words{"12"});
  CHECK(listed({"--updated", "..2026-02-15"}) == words{"12"});
  // By the end, the newest first.
  CHECK(listed({"--finished", "2026-01-01.."}) == words{"3", "12"});
  CHECK(listed({"--finished", "2026-01-01..2026-02-20"}) == words{"12"});
  CHECK(listed({"--finished", "2026-01-01..", "--limit", "1"}) == words{"3"});

  for (const words& wrong :
       {words{"--created", "yesterday"}, words{"--created", ".."}, words{"--created", "x..y"},
        words{"--finished", "2026-01-01"}, words{"--updated", "2026-13-01.."},
        words{"--status", "busy"}, words{"--owner", ""}})
    check_complaint(nava_at(database, joined({"list"}, wrong)), misused, "");
  CHECK_THAT(nava_at(database, {"list", "--created", "noon.."}).err,
             Contains("'noon' in --created is no time; give a day such as 2026-01-31"));
}
