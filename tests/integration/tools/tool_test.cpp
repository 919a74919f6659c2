// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <nava/nava.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "support/backends.hpp"
#include "support/eventually.hpp"
#include "support/files.hpp"
#include "support/program.hpp"
#include "support/replayed.hpp"
#include "support/skip.hpp"
#include "support/stores.hpp"
#include "tools/event_log/csv_reader.hpp"
#include "tools/terminal/text_width.hpp"

using namespace nava;
using namespace nava::test;
using Catch::Contains;
using std::filesystem::path;

/// `database` is a place where nothing is yet.
#define TOOL_TEST_CASE(NAME) LASTING_TEST_CASE("tool: " NAME, "[tool]")

namespace {

using words = std::vector<std::string>;

constexpr int done = 0;
constexpr int refused_it = 1;
constexpr int misused = 2;

program_result run_nava(const words& arguments, const program::environment& changed = {}) {
  program::environment environment{{"NAVA_DATABASE", ""}};
  for (const auto& [name, value] : changed) environment[name] = value;
  return program{NAVA_TOOL, arguments, environment}.wait();
}

bool is_sqlite(const test_database& database) {
  return database.url().backend() == persistence::backend::sqlite;
}

words joined(words first, const words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

std::string url_of(const test_database& database) {
  return (is_sqlite(database) ? "sqlite:" : "") + database.url().location();
}

words at(test_database& database, const words& arguments) {
  return joined(arguments, {"--database", url_of(database), "--schema", database.options().schema});
}

program_result nava_at(test_database& database, const words& arguments) {
  return run_nava(at(database, arguments));
}

std::unique_ptr<raw_session> raw_of(test_database& database) {
  const auto& location = database.url().location();
  return is_sqlite(database) ? raw_sqlite(location)
                             : raw_postgresql(location, database.options().schema);
}

bool is_made(test_database& database) {
  if (is_sqlite(database)) return std::filesystem::exists(database.url().location());
  return raw_of(database)->value(
             "SELECT count(*) FROM information_schema.schemata WHERE schema_name = '" +
             database.options().schema + "'") != "0";
}

std::string dump_of(test_database& database) { return database.dump(*database.open()); }

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

void check_complaint(const program_result& result, int exit_code, const std::string& text) {
  CAPTURE(text);
  CHECK(result.exit_code == exit_code);
  CHECK(result.out.empty());
  CHECK_THAT(result.err, Catch::StartsWith("nava: ") && Catch::EndsWith("\n") && Contains(text));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

const std::string header = "case:concept:name,concept:name,time:timestamp,org:resource,amount\n";
const std::string good_row = "c1,register,2010-12-30 14:32:00+01:00,Pete,50\n";

/// A directory with logs to replay.
class logs : public temporary_directory {
 public:
  [[nodiscard]] std::string with(const std::string& content,
                                 const std::string& name = "log.csv") const {
    write(path() / name, content);
    return (path() / name).string();
  }

  /// Two cases of two rows.
  [[nodiscard]] std::string small() const {
    return with(header + good_row + "c2,register,2010-12-30 14:33:00+01:00,Sue,60\n" +
                    "c1,decide,2010-12-31 14:32:00+01:00,,70\n" +
                    "c2,decide,2010-12-31 14:33:00+01:00,Pete,80\n",
                "small.csv");
  }

  /// A log that takes long enough to be stopped; the cases take turns.
  [[nodiscard]] std::string long_one() const {
    std::string content = header;
    for (int round = 0; round < rounds; ++round)
      for (int number = 0; number < cases; ++number)
        content += "case-" + std::to_string(number) + ",activity-" + std::to_string(round % 4) +
                   ",2011-01-0" + std::to_string(1 + round) + " 10:00:00Z,user-" +
                   std::to_string((round + number) % 7) + "," + std::to_string(number) + "\n";
    return with(content, "long.csv");
  }

  static constexpr int cases = 250;
  static constexpr int rounds = 8;
};

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

std::vector<uuid> all_ids(persistence::store& store) {
  std::vector<uuid> ids;
  for (const auto& row : store.list({.limit = persistence::list_rows_max})) ids.push_back(row.id);
  return ids;
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
  const auto row = database.open()->list({}).at(0);
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
  const auto row = database.open()->list({}).at(0);
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
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const std::string before = dump_of(database);
  check_complaint(nava_at(database, {"migrate", "--to", "0"}), refused_it, "--drop-data");
  check_complaint(nava_at(database, {"migrate", "--to", "5", "--drop-data"}), refused_it,
                  "versions 0 to 4, and no 5");
  CHECK(dump_of(database) == before);
  CHECK_THAT(nava_at(database, {"migrate", "--to", "4"}).out, Contains("nothing to do"));

  const auto down = nava_at(database, {"migrate", "--to", "0", "--drop-data"});
  CHECK(down.exit_code == done);
  CHECK_THAT(down.out, Contains("went from schema version 4 to 0"));
  CHECK(nava_at(database, {"list"}).exit_code == refused_it);
  const auto up = nava_at(database, {"migrate", "--to", "4", "--json"});
  CHECK(json::parse(up.out) == json::object{{"version_before", 0}, {"version_after", 4}});
  CHECK(nava_at(database, {"list"}).out == "no workflows\n");
}

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

TOOL_TEST_CASE("show prints a workflow with its history") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  const auto store = database.open();
  const uuid id = all_ids(*store).front();
  const auto text = nava_at(database, {"show", schema::to_text(id)});
  CHECK(text.exit_code == done);
  for (const auto* part : {"c1\n", "small revision 1", "case/c1", "COMPLETED, 100% done", "Stages",
                           "Steps", "Participants", "Pete", "Events", "nava.start", "register#1"})
    CHECK_THAT(text.out, Contains(part));

  const auto all = json::parse(nava_at(database, {"show", "--json", schema::to_text(id)}).out);
  const auto history = store->history(id).value();
  CHECK(all.at("workflow").at("resource_id") == "c1");
  CHECK(all.at("workflow_step").as_array().size() == 2);
  CHECK(all.at("workflow_stage").as_array().size() == 1);
  CHECK(all.at("workflow_participant").as_array().size() == 1);
  CHECK(all.at("workflow_memory").at("params").as_object().contains("plan"));
  CHECK(all.at("workflow_task").as_array().empty());
  CHECK(all.at("workflow_message").as_array().empty());
  CHECK(all.at("workflow_event").as_array().size() == history.events.size());
  CHECK(all.at("workflow_mutation").as_array().size() == history.mutations.size());
}

namespace {

// Two steps of which one is done, with all that a step can tell.
uuid start_claim(test_database& database) {
  definition_builder claim{"claim", revision{1}};
  claim.title("Claim of 漢字").stage("review", "Review");
  claim.step("approval", {.stage = "review", .states = {"ASKED", "APPROVED"}})
      .on("answered", [](step_context& step, const event& answer) {
        step.memorize(answer.data).transit("APPROVED").finish();
      });
  claim.step("payment", {.stage = "review", .states = {"ORDERED"}, .title = "Payment"});
  claim.on_started([](workflow_context& workflow) {
    workflow.add_step("approval", {.owner_id = "sam"}).transit("ASKED");
    workflow
        .add_step("payment",
                  {.owner_id = "joe", .ts_due = schema::parse_timestamp("2026-03-05T12:00:00Z")})
        .transit("ORDERED");
  });
  runtime works{std::shared_ptr{database.open()}, {claim.build()}};
  const resource about{"claim", "2026/17"};
  const uuid id = works.start("claim", about).workflow_id;
  works.deliver(
      {.name = "answered", .resource = about, .key = nava::no_key, .data = {{"share", 0.25}}});
  return id;
}

}  // namespace

TOOL_TEST_CASE("show tells the last state of a step, its owner, due time and memory") {
  const std::string id = schema::to_text(start_claim(database));
  const auto text = nava_at(database, {"show", id}).out;
  for (const auto* part : {"waits for", "Payment (ORDERED, joe)", "COMPLETED  APPROVED",
                           "owner sam", "memory share=0.25", "owner joe  due 2026-03-05 12:00:00Z",
                           "Claim of 漢字", "claim/2026/17"})
    CHECK_THAT(text, Contains(part));
  CHECK_THAT(text, !Contains("_FINISHED"));

  const auto steps = nava_at(database, {"show", "claim/2026/17", "--steps"}).out;
  CHECK_THAT(steps, Contains("Steps") && !Contains("Events") && !Contains("Stages"));
  const auto tail = nava_at(database, {"show", id, "--events", "--tail", "1"}).out;
  CHECK_THAT(tail, Contains("Events, the last 1 of 2") && Contains("answered") &&
                       !Contains("nava.start") && !Contains("Steps"));
  const auto cut = json::parse(nava_at(database, {"show", id, "--json", "--tail", "1"}).out);
  CHECK(cut.at("workflow_step").as_array().size() == 1);
  CHECK(cut.at("workflow_event").as_array().size() == 1);
  CHECK(cut.at("workflow").at("note").is_null());
  CHECK(cut.at("workflow").at("progress") == 0.5);
}

TOOL_TEST_CASE("JSON has numbers as people write them") {
  (void)start_claim(database);
  CHECK_THAT(nava_at(database, {"list", "--json"}).out, Contains("\"progress\":0.5,"));
  CHECK_THAT(nava_at(database, {"show", "claim/2026/17", "--json"}).out,
             Contains("{\"share\":0.25}"));
}

TOOL_TEST_CASE("a resource that several workflows are about is no name for one") {
  const logs given;
  REQUIRE(nava_at(database, {"replay", given.small()}).exit_code == done);
  REQUIRE(nava_at(database, {"replay", given.small(), "--definition", "again"}).exit_code == done);
  for (const auto* command : {"show", "delete"}) {
    const auto result = nava_at(database, {command, "case/c1"});
    CHECK(result.exit_code == refused_it);
    CHECK_THAT(result.err, Contains("case/c1 has 2 workflows; give the id of one: ") &&
                               Contains("(small)") && Contains("(again)"));
    CHECK(nava_at(database, {command, "case/none"}).err ==
          "nava: there is no workflow for case/none\n");
  }
  CHECK(all_ids(*database.open()).size() == 4);
}

namespace {

/// Runs the tool on a terminal of its own, where somebody types `typed`; returns what is seen.
program_result on_terminal(const words& arguments, int columns, const std::string& typed = "") {
  std::string command = "stty cols " + std::to_string(columns) + "; exec " + NAVA_TOOL;
  for (const auto& word : arguments) command += " '" + word + "'";
  return program{"/bin/sh",
                 {"-c", "printf '%s' \"$2\" | script -qec \"$1\" /dev/null", "sh", command, typed},
                 {{"NAVA_DATABASE", ""}, {"SHELL", "/bin/sh"}}}
      .wait();
}

}  // namespace

TOOL_TEST_CASE("on a terminal no line is wider than it, and no time is broken") {
  const std::string id = schema::to_text(start_claim(database));
  for (const int columns : {80, 120})
    for (const words& command : {words{"show", id}, words{"list"}}) {
      const auto seen = on_terminal(at(database, command), columns);
      CHECK(seen.exit_code == done);
      CHECK_THAT(seen.out, Contains(id));
      std::istringstream lines{seen.out};
      for (std::string line; std::getline(lines, line);) {
        CAPTURE(line);
        CHECK(tools::width(line.substr(0, line.find('\r'))) <= static_cast<std::size_t>(columns));
        CHECK_FALSE(std::regex_search(line, std::regex{R"(\d{4}-\d\d-\d\d\s*$)"}));
      }
    }
}

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

TOOL_TEST_CASE("commands that look do not make a database") {
  const std::string id = schema::to_text(new_id());
  for (const words& command : {words{"list"}, words{"show", id}, words{"delete", id}})
    check_complaint(nava_at(database, command), refused_it, "");
  CHECK_FALSE(is_made(database));
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

TEST_CASE("tool: a command line that cannot be meant is misuse", "[tool]") {
  const sqlite_file database;
  const std::string url = "sqlite:" + database.path().string();
  const std::string id = schema::to_text(new_id());
  const std::vector<words> misuses{
      {},
      {"fly"},
      {"list", "--fast"},
      {"list", "--status", "BUSY"},
      {"list", "--status", ""},
      {"list", "--definition", ""},
      {"list", "--limit", "-1"},
      {"list", "--limit", "0"},
      {"list", "--limit", "many"},
      {"show"},
      {"show", "none"},
      {"show", "case/"},
      {"show", id, "--tail", "0"},
      {"replay", "log.csv", "--time-zone", "Europe/Pariss"},
      {"replay", "log.csv", "--definition", ""},
      {"show", id + "0"},
      {"show", id, id},
      {"delete"},
      {"delete", id, "none"},
      {"replay"},
      {"migrate", "--drop-data"},
      {"migrate", "--to"},
      {"migrate", "--to", "-1"},
      {"migrate", "--to", "10000"},
      {"migrate", "--to", "newest"},
      {"migrate", "--schema", "Nava"},
      {"migrate", "--schema", "na;va"},
      {"migrate", "--schema", ""},
      {"migrate", "--schema", std::string(64, 'a')},
  };
  for (const auto& misuse : misuses) {
    CAPTURE(misuse);
    const bool names_a_command = misuse != words{};
    check_complaint(run_nava(names_a_command ? joined(misuse, {"--database", url}) : misuse),
                    misused, "");
  }
  CHECK_FALSE(std::filesystem::exists(database.path()));
}

TEST_CASE("tool: a word that is no command or option is told with the one that was meant",
          "[tool]") {
  const auto told = [](const words& arguments, const std::string& text) {
    CAPTURE(arguments);
    check_complaint(run_nava(arguments), misused, text);
  };
  told({"lst"}, "there is no command nava lst; did you mean list?");
  told({"--json", "del", "x"}, "there is no command nava del; did you mean delete?");
  told({"fly"}, "there is no command nava fly; there are migrate, partitions, list, show, retry, ");
  told({"schema", "chekc"}, "there is no command nava schema chekc; did you mean check?");
  told({"schema"}, "nava schema needs a command: print, check, lint; see nava schema --help");
  told({}, "nava needs a command: migrate, ");
  told({"list", "--jsn"}, "nava list has no option --jsn; did you mean --json?");
  told({"purge", "--oldr-than=3d"}, "nava purge has no option --oldr-than; did you mean ");
  told({"list", "--fast"}, "nava list has no option --fast; see nava list --help");
}

TEST_CASE("tool: an empty value is no default", "[tool]") {
  const logs given;
  check_complaint(run_nava({"list", "--database", ""}), misused, "--database");
  check_complaint(run_nava({"--database", "", "list"}), misused, "--database");
  check_complaint(run_nava({"purge", "--older-than", "90d", "--definition", ""}), misused,
                  "--definition");
  check_complaint(run_nava({"partitions", "--drop-older-than", ""}), misused, "--drop-older-than");
  const auto result =
      program{"/bin/sh", {"-c", "NAVA_DATABASE= exec \"$0\" list", NAVA_TOOL}}.wait();
  check_complaint(result, misused, "NAVA_DATABASE is empty");
}

TEST_CASE("tool: advice about another schema names it", "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const std::string option = " --schema " + database.schema();
  check_complaint(nava_at(database, {"list"}), refused_it, "nava migrate --database URL" + option);
  CHECK_THAT(nava_at(database, {"schema", "check"}).out, Contains("nava migrate" + option));
}

TEST_CASE("tool: a URL that means nothing is misuse", "[tool]") {
  for (const auto* url :
       {"nonsense", "sqlite:", "mysql://host/db", "postgresql://[bad", "://", "mysql://a\nb"}) {
    CAPTURE(url);
    check_complaint(run_nava({"list", "--database", url}), misused, "");
    check_complaint(run_nava({"list"}, {{"NAVA_DATABASE", url}}), misused, "");
  }
}

TEST_CASE("tool: a complaint is one line whatever it quotes", "[tool]") {
  const logs given;
  const std::string database = "sqlite:" + (given.path() / "none\nnava: lie.db").string();
  check_complaint(run_nava({"list", "--database", database}), refused_it, "none?nava: lie.db");
  const std::string log = given.with("", "a\n\x1b[2Jb.csv");
  check_complaint(run_nava({"replay", log}), refused_it, "a??[2Jb.csv");
  check_complaint(run_nava({"show", "no\nid"}), misused, "no?id");
  check_complaint(run_nava({"fl\ny"}), misused, "");
}

TEST_CASE("tool: a server that is not there is an error in one line", "[tool]") {
  const logs given;
  const std::string url = "postgresql:///nava?host=" + (given.path() / "nowhere").string();
  for (const words& command : {words{"list"}, words{"migrate"}, words{"replay", given.small()}})
    check_complaint(run_nava(joined(command, {"--database", url})), refused_it, "");
}

TEST_CASE("tool: output that cannot be written is an error", "[tool]") {
  const logs given;
  const std::string url = "sqlite:" + (given.path() / "made.db").string();
  CHECK(program{"/bin/sh",
                {"-c", "exec \"$0\" \"$@\" >/dev/full", NAVA_TOOL, "migrate", "--json",
                 "--database", url}}
            .wait()
            .exit_code == refused_it);
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

TEST_CASE("tool: options may stand before the command, and a version may be asked for", "[tool]") {
  const logs given;
  const std::string url = "sqlite:" + (given.path() / "made.db").string();
  CHECK(run_nava({"--database", url, "migrate"}).exit_code == done);
  CHECK(run_nava({"--database", url, "--json", "list"}).out == "[]\n");
  CHECK_THAT(run_nava({"--version"}).out, Catch::StartsWith("nava "));
}

TEST_CASE("tool: a URL in the wrong place does not show its password", "[tool]") {
  const auto result = run_nava({"list", "postgresql://me:s3cret@host/db"});
  check_complaint(result, misused, "not expected");
  CHECK(result.err.find("s3cret") == std::string::npos);
}

TEST_CASE("tool: a log with two columns of one name is refused", "[tool]") {
  const logs given;
  const std::string log = given.with(
      "case:concept:name,concept:name,time:timestamp,org:resource,note,note\n"
      "1,a,2020-01-01 00:00:00Z,x,one,two\n");
  check_complaint(run_nava({"replay", log, "--database", "sqlite::memory:"}), refused_it,
                  "two columns 'note'");
}

TEST_CASE("tool: a file that is no SQLite database is left as it is", "[tool]") {
  const logs given;
  const std::string content(5000, 'x');
  const std::string file = given.with(content, "letter.txt");
  const std::string id = schema::to_text(new_id());
  for (const words& command : {words{"list"}, words{"show", id}, words{"delete", id},
                               words{"migrate"}, words{"replay", given.small()}}) {
    CAPTURE(command);
    check_complaint(run_nava(joined(command, {"--database", "sqlite:" + file})), refused_it, "");
    CHECK(content_of(file) == content);
  }
}

TEST_CASE("tool: a directory is no SQLite database", "[tool]") {
  const logs given;
  for (const auto* command : {"list", "migrate"})
    check_complaint(run_nava({command, "--database", "sqlite:" + given.path().string()}),
                    refused_it, "");
}

TEST_CASE("tool: NAVA_DATABASE is used unless --database is given", "[tool]") {
  const logs given;
  const path by_environment = given.path() / "environment.db", by_option = given.path() / "o.db";
  const program::environment environment{{"NAVA_DATABASE", "sqlite:" + by_environment.string()}};
  CHECK(
      run_nava({"migrate", "--database", "sqlite:" + by_option.string()}, environment).exit_code ==
      done);
  CHECK(std::filesystem::exists(by_option));
  CHECK_FALSE(std::filesystem::exists(by_environment));
  CHECK(run_nava({"migrate"}, environment).exit_code == done);
  CHECK(std::filesystem::exists(by_environment));
}

TEST_CASE("tool: without a URL the database is nava.db in the working directory", "[tool]") {
  program migrating{NAVA_TOOL, {"migrate"}, {{"NAVA_DATABASE", ""}}};
  CHECK(migrating.wait().exit_code == done);
  CHECK(std::filesystem::exists(migrating.directory() / "nava.db"));
}

TEST_CASE("tool: help is no error", "[tool]") {
  for (const words& asked : {words{"--help"}, words{"list", "--help"}}) {
    const auto result = run_nava(asked);
    CHECK(result.exit_code == done);
    CHECK(result.err.empty());
    CHECK_THAT(result.out, Contains("--help"));
  }
}

namespace {

void check_keeps(const std::string& secret, const words& arguments) {
  CAPTURE(arguments);
  const auto result = run_nava(arguments);
  CHECK_THAT(result.out + result.err, !Contains(secret));
}

}  // namespace

TEST_CASE("tool: a password in a URL is never printed", "[tool]") {
  const logs given;
  const std::string nowhere = (given.path() / "nowhere").string();
  for (const auto& url :
       words{"postgresql://user:sekret@localhost:1/db", "postgresql://user:sekret@[bad/db",
             "postgresql://localhost:1/db?password=sekret", "mysql://user:sekret@host/db",
             "postgresql:///db?host=" + nowhere + "&password=sekret",
             "postgresql:///db?password=sekret&host=" + nowhere + "&unheard=of",
             "postgresql://user:sekret@host:port/db",
             "postgresql://localhost:1/db?sslpassword=sekret"})
    for (const auto* command : {"list", "migrate"})
      check_keeps("sekret", {command, "--database", url});
}

TEST_CASE("tool: a password is not printed by what succeeds either", "[tool]") {
  if (!postgresql_schema::available()) return;
  postgresql_schema database;
  const std::string url = url_of(database);
  const std::string with_password = with_parameter(url, "password=sekret");
  const words arguments{"migrate", "--database", with_password, "--schema", database.schema()};
  for (int i = 0; i < 2; ++i) {
    const auto result = run_nava(arguments);
    CHECK(result.exit_code == done);
    CHECK_THAT(result.out, !Contains("sekret") && Contains("schema version"));
    CHECK_THAT(result.err, !Contains("sekret"));
  }
}
