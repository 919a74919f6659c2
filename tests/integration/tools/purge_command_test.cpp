// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/purge_command.hpp"

#include <algorithm>
#include <csignal>
#include <regex>

#include "integration/tools/nava_command.hpp"
#include "support/eventually.hpp"
#include "support/purge_units.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;
using namespace std::chrono_literals;
using Catch::Contains;

namespace {

words purge_at(test_database& database, const words& options) {
  return at(database, joined({"purge"}, options));
}

program_result run(test_database& database, const words& options) {
  return run_nava(purge_at(database, options));
}

json::object report_of(test_database& database, const words& options) {
  words all = options;
  all.push_back("--json");
  const auto result = run(database, all);
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  return json::parse(result.out).as_object();
}

void check_misuse(const program_result& result, const std::string& text) {
  CAPTURE(result.err);
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("nava: ") && Contains(text));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

std::string workflows_in(test_database& database) {
  return raw_of(database)->value("SELECT count(*) FROM workflow");
}

}  // namespace

TEMPLATE_TEST_CASE("tool: purge deletes by age, status, definition and limit, and says so",
                   "[tool]", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  const auto store = database.open();
  const auto ago = [](std::chrono::hours age) {
    return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()) - age;
  };
  using status = schema::workflow_status;
  for (std::uint64_t number = 1; number <= 5; ++number)
    REQUIRE(store->create(finished_unit(number, ago(24h * 100))) == commit_result::applied);
  REQUIRE(store->create(finished_unit(6, ago(24h * 80))) == commit_result::applied);
  REQUIRE(store->create(finished_unit(7, ago(24h * 100), status::failed)) ==
          commit_result::applied);
  REQUIRE(store->create(first_unit(8)) == commit_result::applied);

  const words old{"--older-than", "90d"};
  const auto with = [&](const words& more) {
    words all = old;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  CHECK(report_of(database, with({"--dry-run"})).at("workflows") == 6);
  CHECK(report_of(database, with({"--definition", "none"})).at("workflows") == 0);
  CHECK(report_of(database, with({"--limit", "1", "--dry-run", "--call-timeout", "2m"}))
            .at("workflows") == 1);
  CHECK(workflows_in(database) == "8");
  CHECK(
      report_of(database, with({"--status", "FAILED", "--status", "CANCELLED"})).at("workflows") ==
      1);

  const auto limited = report_of(database, with({"--limit", "2", "--batch", "1"}));
  CHECK(limited.at("workflows") == 2);
  CHECK(limited.at("batches") == 2);
  CHECK(limited.at("complete") == false);
  const auto rest =
      report_of(database, with({"--after", std::string{limited.at("next").as_string()}}));
  CHECK(rest.at("workflows") == 3);
  CHECK(rest.at("complete") == true);
  CHECK(rest.at("next").is_null());
  for (const auto* name : {"dry_run", "skipped", "seconds", "seconds_paused"})
    CHECK(rest.contains(name));

  const auto text = run(database, {"--older-than", "0s"});
  CHECK(text.exit_code == 0);
  CHECK(text.err.empty());
  CAPTURE(text.out);
  CHECK(std::regex_match(
      text.out,
      std::regex{"purged 1 workflows in \\d+\\.\\d s \\(\\d+/s, \\d+% of the time paused\\)\n"}));
  CHECK(workflows_in(database) == "1");
}

TEMPLATE_TEST_CASE("tool: purge stops after its batch when asked, and says how to go on", "[tool]",
                   sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  constexpr int workflows = 20'000;
  TestType database;
  (void)database.open();
  insert_finished(*raw_of(database), is_sqlite(database), workflows);
  program purging{NAVA_TOOL, purge_at(database, {"--older-than", "0s", "--batch", "1"})};
  const auto left = [&] { return std::stoi(workflows_in(database)); };
  REQUIRE(eventually([&] { return left() < workflows - 5 || !purging.is_running(); }));
  purging.send(SIGINT);
  const auto stopped = purging.wait();
  CAPTURE(stopped.err);
  CHECK(stopped.exit_code == 1);
  const int rest = left();
  REQUIRE(rest > 0);
  CHECK_THAT(stopped.out, Contains("purged " + std::to_string(workflows - rest) + " workflows"));
  std::smatch found;
  REQUIRE(std::regex_match(
      stopped.err, found,
      std::regex{"nava: stopped; add --after (\\S+) to go on, or run the same command again\n"}));
  const auto report = report_of(database, {"--older-than", "0s", "--after", found[1]});
  CHECK(report.at("workflows") == rest);
  CHECK(workflows_in(database) == "0");
}

TEMPLATE_TEST_CASE("tool: purge that ends at a workflow says what it has done and how to go on",
                   "[tool]", sqlite_file, postgresql_schema) {
  if (!TestType::available()) return;
  TestType database;
  (void)database.open();
  insert_finished(*raw_of(database), is_sqlite(database), 5);
  const auto raw = raw_of(database);
  raw->run("CREATE TABLE bill (workflow_id " + std::string{is_sqlite(database) ? "TEXT" : "uuid"} +
           " REFERENCES workflow (_id))");
  raw->run("INSERT INTO bill SELECT _id FROM workflow WHERE resource_id = '4'");
  const words all{"--older-than", "0s", "--batch", "1"};
  const auto ended = run(database, all);
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 1);
  CHECK(ended.out.empty());
  std::smatch found;
  REQUIRE(std::regex_match(
      ended.err, found,
      std::regex{"nava: workflow 00000000-0000-7000-8000-000000000004 cannot be purged: .*, or "
                 "step over it with --after (\\S+); 3 workflows have been purged before\n"}));
  CHECK(workflows_in(database) == "2");
  CHECK(report_of(database, {"--older-than", "0s", "--after", found[1]}).at("workflows") == 1);
  CHECK(raw->value("SELECT resource_id FROM workflow") == "4");
}

TEST_CASE("tool: purge that ends at no workflow says the place it came to", "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  (void)database.open();
  insert_finished(*raw_of(database), false, 5);
  const auto raw = raw_of(database);
  raw->run(
      "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF OLD.resource_id = '4' "
      "THEN RAISE 'not today'; END IF; RETURN OLD; END$$");
  raw->run("CREATE TRIGGER keep BEFORE DELETE ON workflow FOR EACH ROW EXECUTE FUNCTION keep()");
  const auto ended = run(database, {"--older-than", "0s", "--batch", "1"});
  CAPTURE(ended.err);
  CHECK(ended.exit_code == 1);
  std::smatch found;
  REQUIRE(std::regex_match(
      ended.err, found,
      std::regex{"nava: .*not today.*; 3 workflows have been purged before; add --after (\\S+) to "
                 "go on, or run the same command again\n"}));
  CHECK_THAT(found[1].str(), Contains("00000000-0000-7000-8000-000000000003"));
  CHECK(workflows_in(database) == "2");
  raw->run("DROP TRIGGER keep ON workflow");
  CHECK(report_of(database, {"--older-than", "0s", "--after", found[1]}).at("workflows") == 2);
}

TEST_CASE("tool: purge refuses what cannot be meant in one line, and makes nothing", "[tool]") {
  sqlite_file database;
  check_misuse(run(database, {}), "--older-than");
  for (const auto* age : {"90", "d", "", "90 d", "9.5d", "-1d", "+1d", "90w", "90D", "1d1h",
                          "400000d", "9999999999999s", "99999999999999999999d"}) {
    CAPTURE(age);
    check_misuse(run(database, {"--older-than", age}), age == std::string{} ? "" : "age");
  }
  const auto refused = [&](const words& more, const std::string& text) {
    words all{"--older-than", "90d"};
    all.insert(all.end(), more.begin(), more.end());
    CAPTURE(more);
    check_misuse(run(database, all), text);
  };
  refused({"--status", "DONE"}, "is no status");
  refused({"--status", "ACTIVE"}, "not finished");
  refused({"--batch", "0"}, "--batch");
  refused({"--batch", "1001"}, "--batch");
  refused({"--limit", "0"}, "--limit");
  for (const auto* time : {"0s", "soon", "5"}) refused({"--call-timeout", time}, "is no time");
  for (const auto* place : {"here", "/", "2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z/1",
                            "2026-11-22T10:00:00/01890a5d-ac96-774b-bcce-b302099a8057"})
    refused({"--after", place}, "no place");
  CHECK_FALSE(std::filesystem::exists(database.path()));
}
