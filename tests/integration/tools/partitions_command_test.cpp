// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/migration.hpp>
#include <nava/persistence/partitions.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/types.hpp>

#include "support/program.hpp"
#include "support/stores.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Matchers::Contains;

namespace {

using words = std::vector<std::string>;

program_result nava_at(const postgresql_schema& database, words arguments) {
  arguments.insert(arguments.end(),
                   {"--database", database.url().location(), "--schema", database.schema()});
  return program{NAVA_TOOL, arguments, {{"NAVA_DATABASE", ""}}}.wait();
}

}  // namespace

TEST_CASE("tool: partitions are chosen at migration, made ahead and dropped", "[tool]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  CHECK(nava_at(database, {"migrate", "--layout", "partitioned", "--partition-every", "7d"})
            .exit_code == 0);
  const auto idle = nava_at(database, {"partitions"});
  CHECK(idle.exit_code == 0);
  CHECK(idle.out == "nothing to do\n");
  CHECK(nava_at(database, {"schema", "check"}).out == "no findings\n");
  const auto plan = nava_at(database, {"partitions", "--ahead", "4", "--dry-run"});
  CHECK_THAT(plan.out, Contains("would make 20") && Contains(" to 20"));
  const auto made = nava_at(database, {"partitions", "--ahead", "5", "--json"});
  const auto report = json::parse(made.out).as_object();
  CHECK(report.at("every").as_string() == "7d");
  CHECK(report.at("made").as_array().size() == 2);
  CHECK(report.at("dropped").as_array().empty());
  // One long ago, with nothing in it.
  persistence::maintain_partitions(database.url(), {.ahead = 0, .now = instant(0)});
  const auto dropped = nava_at(database, {"partitions", "--drop-older-than", "365d"});
  CHECK_THAT(dropped.out, Contains("dropped 2023-11-13 to 2023-11-20: 0 workflows"));
}

TEST_CASE("tool: of a partition that is kept the reason is told, also as JSON", "[tool]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const timestamp long_ago = *schema::parse_timestamp("2020-03-10T00:00:00Z");
  persistence::migrate(database.url(), {.layout = persistence::layout::partitioned});
  persistence::maintain_partitions(database.url(), {.ahead = 0, .now = long_ago});
  database.raw()->run(
      "INSERT INTO workflow (_id, wfdef_key, wfdef_rev, namespace, resource_name, resource_id, "
      "title, status, progress, revision, last_seq, sys_tag, usr_tag, _created, _updated) VALUES "
      "(cast(lpad(to_hex((extract(epoch FROM timestamptz '2020-03-11 00:00+00') * 1000)::bigint), "
      "12, '0') || '70008000000000000001' AS uuid), 'claim', 1, '', 'claim', '1', 'Claim', "
      "'ACTIVE', 0, 1, 0, '[]', '[]', now(), now())");
  const words drop{"partitions", "--drop-older-than", "365d"};
  const std::string reason = "1 of its 1 workflows is not finished";
  auto as_json = drop;
  as_json.push_back("--json");
  const auto told = nava_at(database, as_json);
  CHECK(told.exit_code == 0);
  const auto report = json::parse(told.out).as_object();
  CHECK(report.at("dropped").as_array().empty());
  const auto& kept = report.at("kept").as_array();
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].at("reason").as_string() == reason);
  CHECK(kept[0].at("workflows").as_int64() == 1);
  CHECK_THAT(std::string{kept[0].at("from").as_string()}, Catch::StartsWith("2020-03-01T"));
  CHECK(nava_at(database, drop).out == "kept 2020-03-01 to 2020-04-01: " + reason + "\n");
}

TEST_CASE("tool: partitions without an interval are told, mended, made and dropped", "[tool]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  REQUIRE(nava_at(database, {"migrate", "--layout", "partitioned"}).exit_code == 0);
  database.raw()->run("COMMENT ON TABLE workflow IS 'ours'");
  const auto told = nava_at(database, {"schema", "check", "--json"});
  CHECK(told.exit_code == 1);
  const auto found = json::parse(told.out).at("findings").as_array();
  REQUIRE(found.size() == 1);
  CHECK(found[0].at("rule").as_string() == "partition-interval");
  database.raw()->run(std::string{found[0].at("statement").as_string()});
  CHECK(nava_at(database, {"schema", "check"}).out == "no findings\n");

  persistence::maintain_partitions(database.url(), {.ahead = 0, .now = instant(0)});
  const auto report =
      json::parse(nava_at(database, {"partitions", "--drop-older-than", "365d", "--json"}).out)
          .as_object();
  REQUIRE(report.at("dropped").as_array().size() == 1);
  CHECK(report.at("dropped").at(0).at("workflows").as_int64() == 0);
  CHECK(report.at("dropped").at(0).at("microseconds").as_int64() > 0);
  const auto plan = nava_at(database, {"partitions", "--ahead", "9", "--dry-run", "--json"});
  CHECK_FALSE(json::parse(plan.out).at("made").as_array().empty());
}

TEST_CASE("tool: a wrong word about partitions is one line that says what is right", "[tool]") {
  if (!postgresql_schema::available()) return;
  const postgresql_schema database;
  const auto check_refused = [&](const words& arguments, int exit_code, const std::string& text) {
    const auto result = nava_at(database, arguments);
    CHECK(result.exit_code == exit_code);
    CHECK(result.out == "");
    CHECK(result.err.find('\n') + 1 == result.err.size());
    CHECK_THAT(result.err, Contains(text));
  };
  check_refused({"migrate", "--layout", "odd"}, 2, "use plain or partitioned");
  check_refused({"migrate", "--partition-every", "7d"}, 2, "is for --layout partitioned");
  check_refused({"migrate", "--layout", "partitioned", "--partition-every", "7h"}, 2,
                "it is 1d to 3650d or 1mo to 120mo");
  check_refused({"partitions", "--drop-older-than", "1y"}, 2, "a number of days or hours");
  for (const auto* age : {"30m", "60m", "3600s"})
    check_refused({"partitions", "--drop-older-than", age}, 2, "a number of days or hours");
  check_refused({"partitions", "--ahead", "-1"}, 2, "--ahead");
  check_refused({"partitions"}, 1, "nava migrate --layout partitioned");
  persistence::migrate(database.url());
  check_refused({"migrate", "--layout", "partitioned"}, 1, "has the plain layout");
}
