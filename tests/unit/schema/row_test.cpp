// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/catch.hpp"
#include "support/sample_table.hpp"
#include "support/units.hpp"

using namespace nava;
using namespace nava::schema;
using nava::test::sample;
using nava::test::sample_table;

namespace {

sample full_sample() {
  return {test::id_of(test::id_kind::step, 7),
          "a name",
          true,
          (std::int64_t{1} << 53) + 1,
          1.0 / 3,
          test::instant(1),
          step_status::ignored,
          {{"a", 1}},
          {"x", 2}};
}

}  // namespace

TEST_CASE("row: every type goes to JSON under its column's name and comes back") {
  const json::object object = to_json<sample_table>(full_sample());
  CHECK(object.size() == 9);
  CHECK(object.at("_id") == to_text(full_sample().id).c_str());
  CHECK(object.at("status") == "IGNORED");
  CHECK(object.at("count").as_int64() == 9007199254740993);
  CHECK(to_json<sample_table>(from_json<sample_table>(object)) == object);
}

TEST_CASE("row: a NULL is an absent key, and an absent key or a null is a NULL") {
  sample row = full_sample();
  row.at.reset();
  row.status.reset();
  json::object object = to_json<sample_table>(row);
  CHECK_FALSE(object.contains("at"));
  CHECK_FALSE(object.contains("status"));
  CHECK_FALSE(from_json<sample_table>(object).at);
  object["at"] = nullptr;
  CHECK_FALSE(from_json<sample_table>(object).at);
}

TEST_CASE("row: merge changes the columns that the patch names and no others") {
  sample row = full_sample();
  merge<sample_table>(row, {{"name", "another"}, {"at", nullptr}, {"no column", 1}});
  sample expected = full_sample();
  expected.name = "another";
  expected.at.reset();
  CHECK(to_json<sample_table>(row) == to_json<sample_table>(expected));
}

TEST_CASE("row: a boolean may be a number, as SQLite has it, and a real an integer") {
  const auto row = from_json<sample_table>({{"done", 1}, {"ratio", 1}});
  CHECK(row.done);
  CHECK(row.ratio == 1.0);
  CHECK_FALSE(from_json<sample_table>({{"done", 0}}).done);
}

TEST_CASE("row: a value that does not fit is refused by its column, and is not told") {
  const std::vector<std::pair<std::string, json::value>> misfits{
      {"_id", "s3cret"},  {"_id", 1},         {"name", 1},       {"name", nullptr},
      {"done", "s3cret"}, {"count", 1.5},     {"count", "1"},    {"count", std::uint64_t{1} << 63},
      {"ratio", "0.5"},   {"at", "s3cret"},   {"at", 12},        {"status", "S3CRET"},
      {"status", 0},      {"payload", {1}},   {"payload", "{}"}, {"tags", json::object{}},
      {"tags", "s3cret"}, {"count", nullptr}, {"_id", nullptr}};
  for (const auto& [column, value] : misfits) {
    INFO(column << " " << value);
    sample row = full_sample();
    try {
      merge<sample_table>(row, {{column, value}});
      FAIL("was taken");
    } catch (const conversion_error& thrown) {
      CHECK(std::string{thrown.what()} ==
            "a value of sample." + column + " does not have the form of its column");
    }
  }
}

TEST_CASE("row: each enumerator of each status has its text and back") {
  CHECK(to_text(workflow_status::created) == "NEW");
  CHECK(to_text(workflow_status::failed) == "FAILED");
  CHECK(to_text(step_status::cancelled) == "CANCELLED");
  CHECK(to_text(stage_status::completed) == "COMPLETED");
  CHECK(to_text(task_status::running) == "RUNNING");
  CHECK(from_text<task_status>("SCHEDULED") == task_status::scheduled);
  CHECK_FALSE(from_text<task_status>("scheduled"));
  CHECK_FALSE(from_text<task_status>(""));
}
