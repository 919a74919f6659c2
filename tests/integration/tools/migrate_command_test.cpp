// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;

TOOL_TEST_CASE("migrate makes the tables once") {
  const auto first = nava_at(database, {"migrate", "--json"});
  CHECK(first.exit_code == done);
  const auto report = json::parse(first.out).as_object();
  CHECK(report.at("version_before") == 0);
  CHECK(report.at("version_after").as_int64() > 0);
  const auto again = nava_at(database, {"migrate"});
  CHECK(again.exit_code == done);
  CHECK_THAT(again.out, Contains("nothing to do"));
}

TOOL_TEST_CASE("migrate goes down when it may drop data, and only then") {
  const logs given;
  const auto number = persistence::nava_migrations().postgresql.size();
  const std::string newest = std::to_string(number), next = std::to_string(number + 1);
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const std::string before = dump_of(database);
  check_complaint(nava_at(database, {"migrate", "--to", "0"}), refused_it, "--drop-data");
  check_complaint(nava_at(database, {"migrate", "--to", next, "--drop-data"}), refused_it,
                  "versions 0 to " + newest + ", and no " + next);
  CHECK(dump_of(database) == before);
  CHECK_THAT(nava_at(database, {"migrate", "--to", newest}).out, Contains("nothing to do"));

  const auto down = nava_at(database, {"migrate", "--to", "0", "--drop-data"});
  CHECK(down.exit_code == done);
  CHECK_THAT(down.out, Contains("went from schema version " + newest + " to 0"));
  CHECK(nava_at(database, {"list"}).exit_code == refused_it);
  const auto up = nava_at(database, {"migrate", "--to", newest, "--json"});
  CHECK(json::parse(up.out) == json::object{{"version_before", 0}, {"version_after", number}});
  CHECK(nava_at(database, {"list"}).out == "no workflows\n");
}

TOOL_TEST_CASE("a database newer than the program is left alone") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const std::string id = schema::to_text(all_ids(*database.open()).front());
  const auto raw = raw_of(database);
  raw->run("INSERT INTO nava_migration (version, name) VALUES (999, 'the future')");
  const auto rows = [&] {
    std::string text;
    for (const auto* table : {"nava_migration", "workflow", "workflow_event", "workflow_mutation"})
      for (const auto& row : raw->run(std::string{"SELECT * FROM "} + table + " ORDER BY 1, 2"))
        for (const auto& column : row) text += column + "|";
    return text;
  };
  const std::string before = rows();
  for (const words& command : {words{"list"}, words{"show", id}, words{"delete", id},
                               words{"migrate"}, words{"replay", given.small()}})
    check_complaint(nava_at(database, command), refused_it, "newer");
  CHECK(rows() == before);
}
