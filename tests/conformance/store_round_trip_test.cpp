// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <cstring>
#include <limits>
#include <nava/schema/text.hpp>
#include <random>

#include "conformance/store_test_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

constexpr std::int64_t beyond_doubles = (std::int64_t{1} << 53) + 1;
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t smallest = std::numeric_limits<std::int64_t>::min();

// Texts that a parser of SQL, of parameters, of JSON or of connect strings may trip over.
const std::vector<std::string> awkward_texts{"",
                                             " ",
                                             ":name",
                                             "12:30",
                                             "a::b := c",
                                             "$1 $$ $tag$",
                                             "'{}'",
                                             "it's \"quoted\" \\ \\\\ \\n",
                                             "line one\nline two\r\n\tend",
                                             "-- comment /* not */ ;",
                                             "? ?1 @name #{x} %s {}",
                                             "null",
                                             "\x01\x1F\x7F",
                                             "Zürich, naïve, Ελλάδα, 日本",
                                             "\xF0\x9F\x98\x80 \xF4\x8F\xBF\xBF \xF0\x90\x80\x80",
                                             "\xEF\xBB\xBF\xEF\xBF\xBF\xC2\x80\xE2\x80\xA8"};

json::object awkward_json() {
  json::object keyed;
  json::array listed;
  for (const auto& text : awkward_texts) {
    keyed[text] = text;
    listed.emplace_back(text);
  }
  return {{"keyed", std::move(keyed)},
          {"listed", std::move(listed)},
          {"empty object", json::object{}},
          {"empty array", json::array{}},
          {"nested", json::parse(R"({"a": {"b": [[], [{"c": [null, true, false, -1, {}]}]]}})")},
          {"integers", {beyond_doubles, largest, smallest, 0, std::uint64_t{1} << 63}},
          {"doubles", {0.1, 1.0 / 3, 1e-310, 5e-324, 1.7976931348623157e308, -2.5, 1e22, 0x1p64}}};
}

timestamp at_microsecond(std::string_view text) { return schema::parse_timestamp(text).value(); }

unit_of_work with_every_column() {
  auto unit = first_unit(1);
  auto& workflow = unit.workflow;
  workflow.wfdef_rev = beyond_doubles;
  workflow.owner_id = awkward_texts[2];
  workflow.company_id = awkward_texts[4];
  workflow.desc = awkward_texts[5];
  workflow.note = awkward_texts[7];
  workflow.paused = schema::workflow_status::degraded;
  workflow.progress = 1.0 / 3;
  workflow.last_seq = largest;
  workflow.ts_start = at_microsecond("1969-12-31T23:59:59.999999Z");
  workflow.ts_expire = at_microsecond("0001-01-01T00:00:00Z");
  workflow.ts_finish = at_microsecond("9999-12-31T23:59:59.999999Z");
  workflow.created = at_microsecond("1900-02-28T12:30:00.000001Z");
  workflow.updated = at_microsecond("2104-02-29T00:00:00.100000Z");
  workflow.sys_tag = {"a", 1, nullptr, json::object{}};
  workflow.usr_tag = {};

  auto& step = unit.steps.inserted.front();
  step.index = smallest;
  step.desc = awkward_texts[8];
  step.src_step = unit.steps.inserted.back().id;
  step.owner_id = awkward_texts[9];
  step.stm_label = awkward_texts[10];
  step.stm_from = awkward_texts[11];
  step.status = schema::step_status::ignored;
  step.memory = awkward_json();
  step.ts_due = step.ts_start = step.ts_finish = step.ts_transit = instant(1);

  auto& stage = unit.stages.inserted.front();
  stage.order = smallest;
  stage.stage_type = awkward_texts[13];
  stage.desc = awkward_texts[14];

  unit.memory.inserted = {{workflow.id, awkward_json(), {}, awkward_json()}};

  auto& task = unit.tasks.inserted.front();
  task.desc = task.error = task.lease_owner = awkward_texts[15];
  task.status = schema::task_status::running;
  task.input = awkward_json();
  task.result = json::object{};
  task.attempt = largest;
  task.attempts_max = largest;
  task.ts_due = task.ts_expire = task.ts_start = task.ts_end = instant(2);
  task.lease_fence = largest;

  unit.mutations.front().step_id = step.id;
  unit.mutations.front().mutation = awkward_json();
  unit.messages.front().content = awkward_texts[8];
  unit.events.front().event_args = awkward_json();
  unit.events.front().event_data = {};
  unit.events.front().step_id = step.id;
  return unit;
}

// The first of two rows each leaves all that can be NULL at NULL.
unit_of_work with_every_null() {
  auto unit = first_unit(2);
  unit.workflow.ts_start.reset();
  unit.steps.inserted.front().ts_start.reset();
  unit.tasks.inserted.front().step_id.reset();
  unit.tasks.inserted.front().ts_due.reset();
  unit.events.front().event_key.reset();
  return unit;
}

void check_round_trip(store& store, const unit_of_work& unit) {
  REQUIRE(store.create(unit) == commit_result::applied);
  const auto expected = expected_workflow{}.apply(unit);
  CHECK(workflow_json(store.load(unit.workflow.id).value().state) ==
        workflow_json(expected.state()));
  CHECK(history_json(store.history(unit.workflow.id).value()) == history_json(expected.history()));
}

std::uint64_t bits_of(double value) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

}  // namespace

STORE_TEST_CASE("every column of every type comes back equal") {
  check_round_trip(*database.open(), with_every_column());
}

STORE_TEST_CASE("the NULL of every nullable column comes back as NULL") {
  check_round_trip(*database.open(), with_every_null());
}

STORE_TEST_CASE("every status comes back equal") {
  const auto store = database.open();
  std::uint64_t number = 0;
  for (const auto& [status, text] : schema::enum_names<schema::workflow_status>::names) {
    auto unit = first_unit(++number);
    unit.workflow.status = status;
    unit.workflow.paused = unit.workflow.status;
    check_round_trip(*store, unit);
  }
  for (const auto& [status, text] : schema::enum_names<schema::step_status>::names) {
    auto unit = first_unit(++number);
    unit.steps.inserted.front().status = status;
    check_round_trip(*store, unit);
  }
  for (const auto& [status, text] : schema::enum_names<schema::stage_status>::names) {
    auto unit = first_unit(++number);
    unit.stages.inserted.front().status = status;
    check_round_trip(*store, unit);
  }
  for (const auto& [status, text] : schema::enum_names<schema::task_status>::names) {
    auto unit = first_unit(++number);
    unit.tasks.inserted.front().status = status;
    check_round_trip(*store, unit);
  }
}

STORE_TEST_CASE("awkward texts serve as keys") {
  const auto store = database.open();
  std::uint64_t number = 0;
  for (const auto& text : awkward_texts) {
    auto unit = first_unit(++number);
    unit.workflow.resource_id = text;
    unit.workflow.resource_name = text;
    unit.events.front().event_key = text;
    INFO("text " << number);
    REQUIRE(store->create(unit) == commit_result::applied);
    const auto found = store->load({text, text}, text);
    REQUIRE(found.size() == 1);
    CHECK(found.front().state.workflow.id == unit.workflow.id);
    CHECK(found.front().event_applied == !text.empty());
  }
}

STORE_TEST_CASE("doubles come back bit for bit") {
  std::mt19937_64 random{20260101};
  json::array doubles;
  while (doubles.size() < 2000) {
    double value = 0;
    const std::uint64_t bits = random();
    std::memcpy(&value, &bits, sizeof value);
    if (std::isfinite(value)) doubles.emplace_back(value);
  }
  const auto store = database.open();
  auto unit = first_unit(1);
  unit.memory.inserted.front().memory = {{"doubles", doubles}};
  REQUIRE(store->create(unit) == commit_result::applied);
  const auto loaded = store->load(unit.workflow.id).value().state.memory.memory;
  const auto& back = loaded.at("doubles").as_array();
  REQUIRE(back.size() == doubles.size());
  std::size_t changed = 0;
  for (std::size_t i = 0; i < doubles.size(); ++i)
    changed += bits_of(back[i].to_number<double>()) != bits_of(doubles[i].get_double()) ? 1u : 0u;
  CHECK(changed == 0);
}

STORE_TEST_CASE("progress comes back bit for bit for any part of a hundred steps") {
  const auto store = database.open();
  auto unit = first_unit(1);
  REQUIRE(store->create(unit) == commit_result::applied);
  for (int finished = 1; finished <= 100; ++finished) {
    auto next = next_unit(unit);
    next.workflow.progress = finished / 101.0;
    REQUIRE(store->commit(next) == commit_result::applied);
    const double back = store->load(unit.workflow.id).value().state.workflow.progress;
    CHECK(bits_of(back) == bits_of(next.workflow.progress));
    unit = std::move(next);
  }
}

STORE_TEST_CASE("an integral number in a payload is an integer from then on") {
  const auto store = database.open();
  auto unit = first_unit(1);
  unit.memory.inserted.front().memory = {{"two", 2.0}, {"minus zero", -0.0}, {"big", 1e15}};
  REQUIRE(store->create(unit) == commit_result::applied);
  const auto memory = store->load(unit.workflow.id).value().state.memory.memory;
  CHECK(memory == json::object{{"two", 2}, {"minus zero", 0}, {"big", 1'000'000'000'000'000}});
  CHECK(memory.at("two").is_int64());
}

STORE_TEST_CASE("a payload may be nested as deep and be nearly as large as the limits say") {
  json::value nested = 1;
  for (std::size_t level = 1; level < json_depth_max; ++level) nested = json::object{{"n", nested}};
  const auto store = database.open();
  auto unit = first_unit(1);
  unit.memory.inserted.front().memory = {{"n", nested}};
  unit.workflow.note = std::string(unit_bytes_max - 8192, 'x');
  check_round_trip(*store, unit);
}
