// SPDX-License-Identifier: Apache-2.0
#include <fstream>
#include <nava/nava.hpp>

#include "integration/tools/nava_command.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;
using std::filesystem::path;

namespace {

struct bad_log {
  std::string name;
  std::string content;
  std::string complaint;
};

std::vector<bad_log> bad_logs() {
  const std::string start = header + good_row;
  std::vector<bad_log> bad{
      {"empty", "", "is empty"},
      {"quote", start + "c1,\"open,2010-12-30 14:32:00+01:00,Pete,50\n", ": line 3: "},
      {"quote-inside", start + "c1,o\"pen,2010-12-30 14:32:00+01:00,Pete,50\n", ": line 3: "},
      {"no-time", start + "c1,decide,yesterday,Pete,50\n", ": line 3: the time"},
      {"no-offset", start + "c1,decide,2010-12-30 14:32:00,Pete,50\n", ": line 3: the time"},
      {"no-such-day", start + "c1,decide,2010-02-30 14:32:00Z,Pete,50\n", ": line 3: the time"},
      {"nul", start + std::string{"c1,de\0cide,2010-12-30 14:32:00Z,Pete,50\n", 40}, ": line 3: "},
      {"utf-8", start + "c1,de\xC3\x28ide,2010-12-30 14:32:00Z,Pete,50\n", ": line 3: "},
      {"short-row", start + "c1,decide,2010-12-30 14:32:00Z,Pete\n", ": line 3: "},
      {"long-row", start + "c1,decide,2010-12-30 14:32:00Z,Pete,50,60\n", ": line 3: "},
      {"no-case", start + ",decide,2010-12-30 14:32:00Z,Pete,50\n", ": line 3: "},
      {"no-activity", start + "c1,,2010-12-30 14:32:00Z,Pete,50\n", ": line 3: "},
      {"own-event", start + "c1,nava.start,2010-12-30 14:32:00Z,Pete,50\n", ": line 3: "},
      {"long-case", start + std::string(300, 'c') + ",go,2010-12-30 14:32:00Z,Pete,50\n",
       ": line 3: "},
      {"long-resource", start + "c1,go,2010-12-30 14:32:00Z," + std::string(300, 'p') + ",50\n",
       ": line 3: the resource is longer than 256 bytes"},
  };
  const auto without = [&](const std::string& columns, const std::string& column) {
    bad.push_back({"column", columns + "\n", "has no column '" + column + "'"});
  };
  without("concept:name,time:timestamp,org:resource", "case:concept:name");
  without("case:concept:name,time:timestamp,org:resource", "concept:name");
  without("case:concept:name,concept:name,org:resource", "time:timestamp");
  bad.push_back({"one-column", "case|activity\n", "if another separator than"});
  bad.push_back({"zip", "PK\x03\x04 and so on", "is a zip archive; unpack it"});
  bad.push_back({"xes", "<log>\n<trace>\n<event/></trace></log>", ": line 3: the event has no"});
  bad.push_back({"xml", "<log>\n<trace>\n</log>", ": line 3: this is not well-formed XML"});
  return bad;
}

void check_refuses_all(test_database& database, const logs& given) {
  for (const auto& bad : bad_logs()) {
    CAPTURE(bad.name);
    const std::string file = given.with(bad.content, bad.name + ".csv");
    const auto result = nava_at(database, {"replay", file});
    check_complaint(result, refused_it, file);
    CHECK_THAT(result.err, Contains(bad.complaint));
  }
  const std::string missing = (given.path() / "missing.csv").string();
  check_complaint(nava_at(database, {"replay", missing}), refused_it, missing);
  const std::string directory = given.path().string();
  check_complaint(nava_at(database, {"replay", directory}), refused_it, directory);
}

}  // namespace

TOOL_TEST_CASE("a bad log is refused by file and line before there is a database") {
  const logs given;
  check_refuses_all(database, given);
  CHECK_FALSE(is_made(database));
}

TOOL_TEST_CASE("a bad log is refused and changes no database that is there") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const std::string before = dump_of(database);
  check_refuses_all(database, given);
  CHECK(dump_of(database) == before);
}

TEST_CASE("tool: a log in a pipe is refused before there is a database", "[tool]") {
  const logs given;
  const path made = given.path() / "made.db";
  const auto result = program{
      "/bin/sh",
      {"-c", "cat \"$1\" | \"$0\" replay /dev/stdin --database \"$2\"", NAVA_TOOL, given.small(),
       "sqlite:" +
           made.string()}}.wait();
  check_complaint(result, refused_it, "is no regular file");
  CHECK_FALSE(std::filesystem::exists(made));
}

TEST_CASE("tool: a log with two columns of one name is refused", "[tool]") {
  const logs given;
  const std::string log = given.with(
      "case:concept:name,concept:name,time:timestamp,org:resource,note,note\n"
      "1,a,2020-01-01 00:00:00Z,x,one,two\n");
  check_complaint(run_nava({"replay", log, "--database", "sqlite::memory:"}), refused_it,
                  "two columns 'note'");
}

namespace {

program_result replay_of(const std::string& rows) {
  sqlite_file database;
  temporary_directory place;
  const auto log = place.path() / "claims.csv";
  std::ofstream{log} << "case:concept:name,concept:name,time:timestamp,org:resource,note\n" << rows;
  return program{NAVA_TOOL,
                 {"replay", log.string(), "--database", "sqlite:" + database.path().string()},
                 {{"NAVA_DATABASE", ""}}}
      .wait();
}

}  // namespace

TEST_CASE("a log with a time outside of the years 1 to 9999 is refused with file and line") {
  const std::string good = "c1,asked,2020-02-01T08:00:00Z,ada,\n";
  for (const char* bad : {"c2,asked,0001-01-01T00:30:00+02:00,ada,\n",
                          "c1,answered,9999-12-31T20:00:00-06:00,ada,\n"}) {
    const auto done = replay_of(good + bad + good);
    INFO(done.err);
    CHECK(done.exit_code == 1);
    CHECK_THAT(done.err, Contains("claims.csv: line 3") && Contains("years 1 to 9999"));
    CHECK_THAT(done.out, !Contains("replayed"));
  }
}

TEST_CASE("a log with a row that is larger than an event can be is refused with file and line") {
  const std::string good = "c1,asked,2020-02-01T08:00:00Z,ada,\n";
  const std::string large = "c1,answered,2020-02-02T08:00:00Z,ada," + std::string(17u << 20, 'x');
  const auto done = replay_of(good + large + "\n");
  INFO(done.err.substr(0, 1000));
  CHECK(done.exit_code == 1);
  CHECK_THAT(done.err, Contains("claims.csv: line 3"));
}
