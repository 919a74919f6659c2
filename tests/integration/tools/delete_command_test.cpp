// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"
#include "support/files.hpp"

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

TOOL_TEST_CASE("delete of what a user takes part in leaves a receipt of it, and nothing else") {
  definition_builder letter{"letter", revision{1}};
  letter.stage("s", "Stage").role("writer", "Writer");
  letter.step("writing", {.stage = "s"});
  letter.on_started([](workflow_context& on) {
    on.add_participant("writer", on.params().at("who").as_string());
    on.add_step("writing");
  });
  std::vector<std::string> of_eric;
  {
    runtime run{std::shared_ptr{database.open()}, {letter.build()}};
    for (int i = 0; i < 3; ++i) {
      const char* const who = i == 1 ? "anna" : "eric";
      const uuid id =
          run.start("letter", {"letter", std::to_string(i)}, {{"who", who}}).workflow_id;
      if (i != 1) of_eric.push_back(schema::to_text(id));
    }
  }
  const temporary_directory directory;
  const std::string file = directory.path() / "receipt";
  const auto planned = nava_at(database, {"delete", "--participant", "eric", "--dry-run"});
  for (const auto& id : of_eric) CHECK_THAT(planned.out, Contains("would delete " + id));
  CHECK(all_ids(*database.open()).size() == 3);

  const auto deleted = nava_at(database, {"delete", "--participant", "eric", "--receipt", file});
  CAPTURE(deleted.err);
  CHECK(deleted.exit_code == done);
  CHECK(all_ids(*database.open()).size() == 1);
  std::vector<std::string> receipt;
  int begun = 0;
  std::istringstream lines{content_of(file)};
  for (std::string line; std::getline(lines, line);) {
    const auto one = json::parse(line).as_object();
    begun += one.contains("begun");
    if (one.contains("begun")) continue;
    receipt.emplace_back(one.at("_id").as_string());
    CHECK(one.at("rows").at("workflow_step") == 1);
    CHECK(schema::parse_timestamp(std::string{one.at("deleted").as_string()}));
    CHECK(one.size() == 3);
  }
  std::sort(of_eric.begin(), of_eric.end());
  std::sort(receipt.begin(), receipt.end());
  CHECK(receipt == of_eric);
  CHECK(begun == 2);

  check_complaint(nava_at(database, {"delete", "letter/1", "--receipt", file}), refused_it,
                  "cannot make the receipt " + file);
  CHECK(all_ids(*database.open()).size() == 1);
  check_complaint(nava_at(database, {"delete", "--participant", "eric"}), refused_it,
                  "'eric' takes part in no workflow");
  check_complaint(nava_at(database, {"delete"}), misused, "--participant");
  check_complaint(nava_at(database, {"delete", "--participant", "anna", "letter/1"}), misused,
                  "--participant");
}

TOOL_TEST_CASE("delete of what is about a resource leaves a receipt of it, and nothing else") {
  const auto about = [](std::string key) {
    definition_builder made{std::move(key), revision{1}};
    made.stage("s", "Stage").step("doing", {.stage = "s"});
    made.on_started([](workflow_context& on) { on.add_step("doing"); });
    return made.build();
  };
  std::vector<std::string> ids;
  {
    runtime run{std::shared_ptr{database.open()}, {about("claim"), about("audit")}};
    for (const auto* key : {"claim", "audit"})
      ids.push_back(schema::to_text(run.start(key, {"car", "b/1"}).workflow_id));
    (void)run.start("claim", {"car", "2"});
    (void)run.start("claim", {"car/b", "2"});
    (void)run.start("claim", {"car", "b/2"});
  }
  check_complaint(nava_at(database, {"delete", "car/b/1"}), refused_it, "give the id of one");
  check_complaint(nava_at(database, {"delete", "--resource", "car/b/2"}), refused_it,
                  "names 2 resources that have workflows");
  check_complaint(nava_at(database, {"delete", "--resource", "car"}), refused_it,
                  "there is no workflow for car");
  check_complaint(nava_at(database, {"delete", "--resource", "car/2", "--participant", "eva"}),
                  misused, "--resource");
  CHECK(all_ids(*database.open()).size() == 5);
  const temporary_directory directory;
  const std::string file = directory.path() / "receipt";
  const auto deleted = nava_at(database, {"delete", "--resource", "car/b/1", "--receipt", file});
  CAPTURE(deleted.err);
  CHECK(deleted.exit_code == done);
  CHECK(all_ids(*database.open()).size() == 3);
  for (const std::string& id : ids) {
    CHECK_THAT(deleted.out, Contains("deleted " + id));
    CHECK_THAT(content_of(file), Contains(id));
  }
}
