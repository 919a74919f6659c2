// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

TOOL_TEST_CASE("delete asks on a terminal, and nobody else") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto left = [&] { return all_ids(*database.open()).size(); };
  for (const auto* answer : {"n\n", "\n", "yesterday\n"}) {
    const auto refused = on_terminal(at(database, {"delete", "case/c1"}), 80, answer);
    CHECK(refused.exit_code == refused_it);
    CHECK_THAT(refused.out,
               Contains("case/c1") && Contains("[y/N]") && Contains("nava: nothing was deleted"));
    CHECK(left() == 2);
  }
  const auto deleted = on_terminal(at(database, {"delete", "case/c1"}), 80, "y\n");
  CHECK(deleted.exit_code == done);
  CHECK_THAT(deleted.out, Contains("deleted "));
  CHECK(left() == 1);
  const auto unasked = on_terminal(at(database, {"delete", "case/c2", "--yes"}), 80);
  CHECK(unasked.exit_code == done);
  CHECK_THAT(unasked.out, !Contains("[y/N]"));
  CHECK(left() == 0);
}

TOOL_TEST_CASE("delete removes what its dry run announced and nothing else") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto ids = all_ids(*database.open());
  const std::string id = schema::to_text(ids.front());
  const std::string before = dump_of(database);
  const auto announced = nava_at(database, {"delete", "--dry-run", "--json", id});
  CHECK(announced.exit_code == done);
  CHECK_THAT(nava_at(database, {"delete", "--dry-run", id}).out,
             Catch::StartsWith("would delete " + id + ": "));
  CHECK(dump_of(database) == before);

  const auto deleted = nava_at(database, {"delete", "--json", id});
  CHECK(deleted.exit_code == done);
  CHECK(deleted.out == announced.out);
  const auto report = json::parse(deleted.out).as_array();
  CHECK(report.at(0).at("_id").as_string() == id);
  CHECK(report.at(0).at("rows").at("workflow") == 1);
  CHECK(report.at(0).at("rows").at("workflow_event") == 3);
  CHECK(all_ids(*database.open()) == std::vector{ids.at(1)});
  CHECK(raw_of(database)->value("SELECT count(*) FROM workflow_event") == "3");

  check_complaint(nava_at(database, {"delete", id}), refused_it, "there is no workflow " + id);
  check_complaint(nava_at(database, {"delete", "--dry-run", id}), refused_it, id);
  check_complaint(nava_at(database, {"show", id}), refused_it, "there is no workflow " + id);
}

TOOL_TEST_CASE("delete removes the workflows that are there and complains of the others") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto ids = all_ids(*database.open());
  const std::string missing = schema::to_text(new_id());
  const auto result = nava_at(
      database, {"delete", schema::to_text(ids.at(0)), missing, schema::to_text(ids.at(1))});
  CHECK(result.exit_code == refused_it);
  CHECK(result.err == "nava: there is no workflow " + missing + "\n");
  CHECK(all_ids(*database.open()).empty());
}
