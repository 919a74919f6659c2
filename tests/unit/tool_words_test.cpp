// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <sstream>

#include "support/catch.hpp"
#include "tools/command_line/nearest.hpp"
#include "tools/commands/workflow_name.hpp"
#include "tools/event_log/log_time.hpp"
#include "tools/terminal/json_output.hpp"

using namespace nava;
using namespace nava::tools;

namespace {

const std::vector<std::string> commands{"migrate", "partitions", "list",  "show",
                                        "delete",  "purge",      "replay"};

std::string written(const json::value& value) {
  std::ostringstream out;
  write_json(out, value);
  return out.str();
}

std::string instant(const std::string& text, const std::string& zone) {
  const auto time = parse_log_time(text, find_time_zone(zone));
  return time ? schema::to_text(*time) : "none";
}

}  // namespace

TEST_CASE("nearest: a name that was meant is found, and none that was not") {
  CHECK(nearest("lst", commands) == "list");
  CHECK(nearest("lsit", commands) == "list");
  CHECK(nearest("del", commands) == "delete");
  CHECK(nearest("partition", commands) == "partitions");
  CHECK(nearest("migrtae", commands) == "migrate");
  CHECK(nearest("SHOW", commands) == std::nullopt);
  CHECK(nearest("fly", commands) == std::nullopt);
  CHECK(nearest("l", commands) == std::nullopt);
  CHECK(nearest("", commands) == std::nullopt);
  CHECK(nearest(std::string(100'000, 'x'), commands) == std::nullopt);
}

TEST_CASE("json: numbers are written as people write them") {
  CHECK(written(1.5) == "1.5");
  CHECK(written(0.1) == "0.1");
  CHECK(written(-2.0) == "-2");
  CHECK(written(1e300) == "1e+300");
  CHECK(written(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
  CHECK(written({{"a", {1, 2.5, nullptr}}, {"b\n", json::object{}}, {"c", json::array{}}}) ==
        R"({"a":[1,2.5,null],"b\n":{},"c":[]})");
  CHECK(json::parse(written(0.30000000000000004)).as_double() == 0.30000000000000004);
}

TEST_CASE("json: a column without a value is null, in its place") {
  schema::workflow_step step;
  step.title = "Ask";
  const json::object row = row_as_json<schema::workflow_step_table>(step);
  CHECK(row.size() == schema::workflow_step_table::column_descriptions.size());
  CHECK(row.at("owner_id").is_null());
  CHECK(row.at("title") == "Ask");
  CHECK(row.begin()->key() == schema::workflow_step_table::column_descriptions.front().name);
}

TEST_CASE("log: a time without an offset is read by the clocks of a zone") {
  CHECK(instant("2024-07-01 12:00:00.25", "Europe/Paris") == "2024-07-01T10:00:00.250000Z");
  CHECK(instant("2024-01-01T12:00:00", "Europe/Paris") == "2024-01-01T11:00:00.000000Z");
  CHECK(instant("2024-01-01T12:00:00", "UTC") == "2024-01-01T12:00:00.000000Z");
  // The rules of summer time go on behind the last year that the database lists.
  CHECK(instant("2040-07-01 12:00:00", "Europe/Paris") == "2040-07-01T10:00:00.000000Z");
  // An offset says more than a zone.
  CHECK(instant("2024-07-01 12:00:00Z", "Europe/Paris") == "2024-07-01T12:00:00.000000Z");
  CHECK(instant("2024-07-01 12:00:00", "") == "none");
  CHECK(instant("yesterday", "UTC") == "none");
}

TEST_CASE("log: a time that clocks skip is the first after the gap, one they repeat the first") {
  CHECK(instant("2024-03-31 01:59:59", "Europe/Paris") == "2024-03-31T00:59:59.000000Z");
  CHECK(instant("2024-03-31 02:30:00.5", "Europe/Paris") == "2024-03-31T01:00:00.000000Z");
  CHECK(instant("2024-03-31 03:00:00", "Europe/Paris") == "2024-03-31T01:00:00.000000Z");
  CHECK(instant("2024-10-27 02:30:00.5", "Europe/Paris") == "2024-10-27T00:30:00.500000Z");
  CHECK(instant("2024-10-27 03:00:00", "Europe/Paris") == "2024-10-27T02:00:00.000000Z");
}

TEST_CASE("log: a zone that the machine does not have is none") {
  for (const auto* name : {"Europe/Pariss", "", "../etc/passwd", "/etc/passwd", "libc:localtime"})
    CHECK_FALSE(find_time_zone(name));
}

TEST_CASE("tool: a workflow is named by its id or its resource") {
  const std::string id = "01890a5d-ac96-774b-bcce-b302099a8057";
  CHECK(parse_workflow_name(id)->id == schema::parse_uuid(id));
  CHECK_FALSE(parse_workflow_name("loan/2026/17")->id);
  for (const auto* text : {"", "loan", "/17", "loan/", "/"}) CHECK_FALSE(parse_workflow_name(text));
}
