// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nava/nava.hpp>
#include <regex>
#include <set>

#include "integration/tools/nava_command.hpp"
#include "support/eventually.hpp"
#include "support/replayed.hpp"
#include "support/skip.hpp"
#include "tools/event_log/csv_reader.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;
using std::filesystem::path;

namespace {

// The tables may not be there yet.
int events_stored(test_database& database) {
  try {
    return std::stoi(raw_of(database)->value(
        "SELECT count(*) FROM workflow_event WHERE event_name NOT LIKE 'nava.%'"));
  } catch (const std::runtime_error&) {
    return 0;
  }
}

int workflows_completed(test_database& database) {
  return std::stoi(
      raw_of(database)->value("SELECT count(*) FROM workflow WHERE status = 'COMPLETED'"));
}

std::string last_line(const std::string& text) {
  const std::string lines = text.substr(0, text.find_last_not_of('\n') + 1);
  return lines.substr(lines.rfind('\n') + 1);
}

void check_replayed(const program_result& result, int workflows, int events) {
  CHECK(result.exit_code == done);
  CHECK(result.err.empty());
  const std::regex line{"replayed " + std::to_string(workflows) + " workflows, " +
                        std::to_string(events) + R"( events in \d+\.\d s \(\d+ events/s\))"};
  CAPTURE(result.out);
  CHECK(std::regex_match(last_line(result.out), line));
}

/// A log of NAVA_TEST_DATA; empty, and marked as skipped, where that is not set.
std::string data_file(const std::string& name) {
  const char* const directory = std::getenv("NAVA_TEST_DATA");
  if (directory == nullptr) skip("NAVA_TEST_DATA is not set");
  return directory == nullptr ? "" : (path{directory} / name).string();
}

using case_users = std::set<std::pair<std::string, std::string>>;

case_users users_in_log(const std::string& file) {
  std::ifstream stream{file, std::ios::binary};
  tools::csv_reader reader{stream};
  words names, row;
  REQUIRE(reader.next(names));
  const auto column = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
  };
  const std::size_t case_id = column("case:concept:name"), user = column("org:resource");
  case_users users;
  while (reader.next(row))
    if (!row.at(user).empty()) users.emplace(row.at(case_id), row.at(user));
  return users;
}

case_users users_stored(test_database& database) {
  case_users users;
  for (const auto& row :
       raw_of(database)->run("SELECT w.resource_id, p.user_id FROM workflow_participant p "
                             "JOIN workflow w ON w.\"_id\" = p.workflow_id"))
    users.emplace(row.at(0), row.at(1));
  return users;
}

void check_log_is_replayed_once(test_database& database, const std::string& file, int workflows,
                                int events) {
  check_replayed(nava_at(database, {"replay", file}), workflows, events);
  CHECK(workflows_completed(database) == workflows);
  CHECK(events_stored(database) == events);
  CHECK(users_stored(database) == users_in_log(file));

  const std::string before = dump_of(database);
  const auto again = nava_at(database, {"replay", file});
  check_replayed(again, 0, 0);
  CHECK_THAT(again.out, Contains(std::to_string(workflows) + " workflows and " +
                                 std::to_string(events) + " events were there already"));
  CHECK((dump_of(database) == before));
}

/// All workflows in the order of their creation, comparable between runs; they are removed.
words taken_out(test_database& database) {
  const auto store = database.open();
  words texts;
  for (const uuid& id : all_ids(*store)) {
    texts.push_back(without_ids(*store, id));
    CHECK(broken_promises(*store, id).empty());
    CHECK(store->erase(id));
  }
  return texts;
}

/// Starts a replay and sends it a signal once some, but not all, of its events are stored.
program_result stopped_replay(test_database& database, const std::string& file, int signal) {
  program replaying{NAVA_TOOL, at(database, {"replay", file})};
  REQUIRE(eventually([&] { return events_stored(database) > 50 || !replaying.is_running(); }));
  replaying.send(signal);
  auto result = replaying.wait();
  REQUIRE(events_stored(database) > 50);
  REQUIRE(events_stored(database) < logs::cases * logs::rounds);
  return result;
}

}  // namespace

TOOL_TEST_CASE("replay makes a workflow per case and an event per row of a small real log") {
  const std::string file = data_file("running-example.csv");
  if (!file.empty()) check_log_is_replayed_once(database, file, 6, 42);
}

TOOL_TEST_CASE("replay makes a workflow per case and an event per row of a large real log") {
  const std::string file = data_file("receipt.csv");
  if (!file.empty()) check_log_is_replayed_once(database, file, 1434, 8577);
}

TOOL_TEST_CASE("replay prints what it did as JSON when asked") {
  const logs given;
  const auto result = nava_at(database, {"replay", given.small(), "--json"});
  CHECK(result.exit_code == done);
  const auto report = json::parse(result.out).as_object();
  CHECK(report.at("workflows") == 2);
  CHECK(report.at("events") == 4);
  CHECK(report.at("workflows_known") == 0);
  CHECK(report.at("events_known") == 0);
}

TOOL_TEST_CASE("replay takes the columns and the definition that it is told") {
  const logs given;
  const std::string file = given.with("k,what,when,who\nx,go,2011-01-01T00:00:00Z,Sue\n");
  check_replayed(
      nava_at(database, {"replay", file, "--case-column", "k", "--activity-column", "what",
                         "--time-column", "when", "--resource-column", "who", "--definition", "d"}),
      1, 1);
  const auto row = database.open()->list({}).workflows.at(0);
  CHECK(row.wfdef_key == "d");
  CHECK(row.resource_id == "x");
  CHECK(schema::to_text(row.ts_start.value()) == "2011-01-01T00:00:00.000000Z");
}

TOOL_TEST_CASE("replay reads what spreadsheets write") {
  const logs given;
  const auto replays = [&](const std::string& name, const std::string& content) {
    CAPTURE(name);
    check_replayed(nava_at(database, {"replay", given.with(content, name + ".csv")}), 1, 2);
  };
  const std::string columns = "case:concept:name;concept:name;time:timestamp;org:resource";
  const std::string rows =
      "a;ask;2024-05-01T09:00:00.5+0200;Sue\na;decide;2024-05-02T09:00:00Z;Joe";
  const auto with_tabs = [](std::string text) {
    std::ranges::replace(text, ';', '\t');
    return text;
  };
  replays("semicolons", columns + "\n" + rows + "\n");
  replays("tabs", with_tabs(columns + "\r\n" + rows + "\r\n"));
  replays("named", "\xEF\xBB\xBFsep=;\r\n" + columns + "\r\n" + rows + "\r\n");
}

TOOL_TEST_CASE("a log without a column of resources is replayed, and nobody takes part") {
  const logs given;
  const std::string file =
      given.with("case:concept:name,concept:name,time:timestamp\na,ask,2024-05-01T09:00:00Z\n");
  const auto result = nava_at(database, {"replay", file});
  CHECK(result.exit_code == done);
  CHECK_THAT(result.err, Catch::StartsWith("nava: note: the log names no resources"));
  CHECK(workflows_completed(database) == 1);
  CHECK(users_stored(database).empty());
  check_complaint(nava_at(database, {"replay", file, "--resource-column", "who"}), refused_it,
                  "has no column 'who'; name the column that has it with --resource-column; there "
                  "are 'case:concept:name', 'concept:name', 'time:timestamp'");
}

TOOL_TEST_CASE("times without an offset are read by the clocks of the zone that is named") {
  const logs given;
  const std::string file = given.with(header + "a,ask,2024-07-01 12:00:00,Sue,1\n");
  check_complaint(nava_at(database, {"replay", file}), refused_it, "--time-zone");
  check_replayed(nava_at(database, {"replay", file, "--time-zone", "Europe/Paris"}), 1, 1);
  const auto row = database.open()->list({}).workflows.at(0);
  CHECK(schema::to_text(row.ts_start.value()) == "2024-07-01T10:00:00.000000Z");
}

namespace {

constexpr const char* small_xes = R"(<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <extension name="Lifecycle" prefix="lifecycle" uri="http://www.xes-standard.org/lifecycle.xesext"/>
  <global scope="event"><string key="concept:name" value="unknown"/></global>
  <classifier name="Both" keys="concept:name lifecycle:transition"/>
  <trace>
    <string key="concept:name" value="p1"/>
    <int key="area" value="40"/>
    <event>
      <string key="concept:name" value="ask"/><string key="org:resource" value="Sue"/>
      <string key="lifecycle:transition" value="complete"/>
      <date key="time:timestamp" value="2024-05-01T09:00:00.000+02:00"/>
      <float key="fee" value="12.5"/>
    </event>
    <event>
      <string key="concept:name" value="decide"/>
      <date key="time:timestamp" value="2024-05-02T09:00:00+02:00"/>
    </event>
  </trace>
</log>
)";

// As `gzip` packs it.
std::string packed(const logs& given, const std::string& file) {
  const std::string target = file + ".gz";
  const auto result =
      program{"/bin/sh", {"-c", "gzip -c \"$1\" > \"$2\"", "sh", file, target}}.wait();
  REQUIRE(result.exit_code == done);
  REQUIRE(std::filesystem::exists(given.path()));
  return target;
}

}  // namespace

TOOL_TEST_CASE("replay reads XES, packed or not, with the types of its attributes") {
  const logs given;
  const std::string plain = given.with(small_xes, "permits.xes");
  check_replayed(nava_at(database, {"replay", plain}), 1, 2);
  const auto store = database.open();
  const uuid id = all_ids(*store).front();
  const auto history = store->history(id).value();
  CHECK(history.state.workflow.wfdef_key == "permits");
  CHECK(history.state.workflow.resource_id == "p1");
  CHECK(history.state.workflow.status == schema::workflow_status::completed);
  CHECK(history.events.at(1).event_data ==
        json::object{{"case:area", 40}, {"lifecycle:transition", "complete"}, {"fee", 12.5}});
  CHECK(users_stored(database) == case_users{{"p1", "Sue"}});

  const auto again = nava_at(database, {"replay", packed(given, plain)});
  check_replayed(again, 0, 0);
  CHECK_THAT(again.out, Contains("1 workflows and 2 events were there already"));
}

TOOL_TEST_CASE("replay takes for a resource whatever XES has a text for") {
  const logs given;
  const auto event = [](const std::string& resource) {
    return R"(<event><string key="concept:name" value="ask"/>)"
           R"(<date key="time:timestamp" value="2024-05-01T09:00:00Z"/>)" +
           resource + "</event>";
  };
  const std::string log =
      R"(<log><trace><string key="concept:name" value="p1"/>)" +
      event(R"(<int key="org:resource" value="7"/>)") +
      event(R"(<float key="org:resource" value="2.5"/>)") +
      event(R"(<boolean key="org:resource" value="true"/>)") +
      event(R"(<string key="org:resource" value="Sue"><int key="level" value="2"/></string>)") +
      event(R"(<list key="org:resource"><values><int key="a" value="1"/></values></list>)") +
      "</trace></log>";
  check_replayed(nava_at(database, {"replay", given.with(log, "kinds.xes")}), 1, 5);
  CHECK(users_stored(database) ==
        case_users{{"p1", "2.5"}, {"p1", "7"}, {"p1", "Sue"}, {"p1", "true"}});
}

TOOL_TEST_CASE("a packed log that is cut off is refused by its byte, and nothing is stored") {
  const logs given;
  std::string content = header;
  for (int i = 0; i < 5000; ++i)
    content += "c" + std::to_string(i * 7919) + ",go,2024-05-01T09:00:00Z,Sue,1\n";
  const std::string file = packed(given, given.with(content, "large.csv"));
  std::filesystem::resize_file(file, std::filesystem::file_size(file) / 2);
  check_complaint(nava_at(database, {"replay", file}), refused_it, "the gzip data is damaged");
  CHECK_FALSE(is_made(database));
}

TOOL_TEST_CASE("a case that has changed is told with what to do, and the others go on") {
  const logs given;
  const auto row = [](const std::string& id, const std::string& activity, int day) {
    return id + "," + activity + ",2024-05-0" + std::to_string(day) + "T09:00:00Z,Sue,1\n";
  };
  const std::string file = given.with(header + row("one", "ask", 1) + row("one", "decide", 2) +
                                      row("two", "ask", 1) + row("two", "ask", 2));
  check_replayed(nava_at(database, {"replay", file}), 2, 4);
  // Of case one something came in the middle, case two has less, case three is new.
  (void)given.with(header + row("one", "ask", 1) + row("one", "ask", 2) + row("one", "decide", 3) +
                   row("two", "ask", 1) + row("three", "ask", 1) + row("three", "decide", 2));
  const auto id_of_case = [&](const std::string& id) {
    return schema::to_text(database.open()->load({"case", id}).at(0).state.workflow.id);
  };
  const auto grown = nava_at(database, {"replay", file});
  CHECK(grown.exit_code == refused_it);
  CHECK_THAT(grown.err,
             Contains("line 3: case 'one': ") && Contains("run nava delete " + id_of_case("one")));
  CHECK(std::ranges::count(grown.err, '\n') == 1);
  CHECK_THAT(grown.out, Contains("replayed 1 workflows, 2 events"));

  REQUIRE(nava_at(database, {"delete", "case/one"}).exit_code == done);
  check_replayed(nava_at(database, {"replay", file}), 1, 3);
  CHECK(workflows_completed(database) == 3);
}

TOOL_TEST_CASE("a replay that was killed and run again leaves the rows of an undisturbed one") {
  const logs given;
  const std::string file = given.long_one();
  const auto killed = stopped_replay(database, file, SIGKILL);
  CHECK(killed.exit_code == 128 + SIGKILL);
  CHECK(nava_at(database, {"replay", file}).exit_code == done);
  const words after_kill = taken_out(database);

  check_replayed(nava_at(database, {"replay", file}), logs::cases, logs::cases * logs::rounds);
  CHECK((taken_out(database) == after_kill));
}

TOOL_TEST_CASE("a replay that is told to stop says how to go on") {
  const logs given;
  const std::string file = given.long_one();
  const auto stopped = stopped_replay(database, file, SIGTERM);
  CHECK(stopped.exit_code == refused_it);
  CHECK(stopped.err == "nava: stopped; run the same command again to go on\n");
  CHECK_THAT(stopped.out, Contains(std::to_string(events_stored(database)) + " events in"));

  CHECK(nava_at(database, {"replay", file}).exit_code == done);
  CHECK(events_stored(database) == logs::cases * logs::rounds);
  CHECK(workflows_completed(database) == logs::cases);
}

TOOL_TEST_CASE("a log of a header only is replayed, and that is nothing") {
  const logs given;
  check_replayed(nava_at(database, {"replay", given.with(header)}), 0, 0);
}

TOOL_TEST_CASE("a changed log under the same definition is refused and changes nothing") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small(), "--definition", "d"}).exit_code == done);
  const std::string before = dump_of(database);
  const std::string other = given.with(header + "c1,other,2010-12-30 14:32:00Z,Pete,50\n");
  check_complaint(nava_at(database, {"replay", other, "--definition", "d"}), refused_it,
                  "replay this one under a name of its own with --definition");
  check_complaint(nava_at(database, {"replay", other, "--definition", std::string(300, 'd')}),
                  refused_it, "the definition's key is longer than 256 bytes");
  CHECK(dump_of(database) == before);
}
