// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_database.hpp>

#include "conformance/store_test_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

// Stands in every bad value, and in no message.
const std::string secret = "s3cret";

struct bad_text {
  std::string what;
  std::string text;
};

const std::vector<bad_text> bad_texts{
    {"a NUL byte", secret + '\0' + "tail"},          {"a NUL byte at the end", secret + '\0'},
    {"a lone continuation byte", secret + "\x80"},   {"an overlong form", secret + "\xC0\xAF"},
    {"a surrogate", secret + "\xED\xA0\x80"},        {"a cut sequence", secret + "\xF0\x9F\x98"},
    {"beyond U+10FFFF", secret + "\xF4\x90\x80\x80"}};

struct bad_unit {
  std::string column;
  unit_of_work unit;
};

// A unit per text column and per place in a JSON column, with `text` in it.
template <class Table, class Row, class Place>
void add_units_for(std::vector<bad_unit>& units, const unit_of_work& good, Place row_of,
                   const std::string& text) {
  schema::for_each_column<Table>([&](auto column) {
    const auto add = [&](auto&& set) {
      bad_unit bad{Table::name.text + std::string{"."} + column.name.text, good};
      Row& row = row_of(bad.unit);
      set(row.*column.member);
      units.push_back(std::move(bad));
    };
    using value_type = typename decltype(column)::value_type;
    if constexpr (std::is_same_v<value_type, std::string>) {
      add([&](auto& member) { member = text; });
    } else if constexpr (std::is_same_v<value_type, json::object>) {
      add([&](auto& member) { member = json::object{{"a", {1, text}}}; });
      add([&](auto& member) { member = json::object{{text, 1}}; });
      add([&](auto& member) { member = json::object{{"a", {{"b", json::object{{text, 1}}}}}}; });
    } else if constexpr (std::is_same_v<value_type, json::array>) {
      add([&](auto& member) { member = json::array{text}; });
    }
  });
}

std::vector<bad_unit> units_with(const std::string& text, const unit_of_work& good) {
  using namespace schema;
  std::vector<bad_unit> units;
  add_units_for<workflow_table, workflow>(
      units, good, [](auto& unit) -> auto& { return unit.workflow; }, text);
  add_units_for<workflow_step_table, workflow_step>(
      units, good, [](auto& unit) -> auto& { return unit.steps.inserted.back(); }, text);
  add_units_for<workflow_stage_table, workflow_stage>(
      units, good, [](auto& unit) -> auto& { return unit.stages.inserted.back(); }, text);
  add_units_for<workflow_participant_table, workflow_participant>(
      units, good, [](auto& unit) -> auto& { return unit.participants.inserted.back(); }, text);
  add_units_for<workflow_memory_table, workflow_memory>(
      units, good, [](auto& unit) -> auto& { return unit.memory.updated.back(); }, text);
  add_units_for<workflow_mutation_table, workflow_mutation>(
      units, good, [](auto& unit) -> auto& { return unit.mutations.back(); }, text);
  add_units_for<workflow_message_table, workflow_message>(
      units, good, [](auto& unit) -> auto& { return unit.messages.back(); }, text);
  add_units_for<workflow_event_table, workflow_event>(
      units, good, [](auto& unit) -> auto& { return unit.events.back(); }, text);
  add_units_for<workflow_task_table, workflow_task>(
      units, good, [](auto& unit) -> auto& { return unit.tasks.inserted.back(); }, text);
  return units;
}

// `where` begins the message, which names the column.
void check_refused(store& store, const unit_of_work& unit, const std::string& where) {
  const error thrown =
      error_of([&] { (void)(unit.read_revision == 0 ? store.create(unit) : store.commit(unit)); });
  CHECK(thrown.kind() == error_kind::invalid_input);
  CHECK_THAT(thrown.what(), Catch::Matchers::StartsWith(where));
  CHECK_THAT(thrown.what(), !Catch::Matchers::Contains(secret));
}

using unit_change = std::function<void(unit_of_work&)>;

struct bad_change {
  std::string where;
  unit_change make;
};

json::value nested_levels(std::size_t levels) {
  json::value value = json::object{};
  for (std::size_t level = 1; level < levels; ++level) value = json::array{value};
  return value;
}

const std::vector<bad_change> bad_changes{
    {"workflow_memory.output",
     [](auto& unit) {
       unit.memory.updated.front().output = {{"n", nested_levels(json_depth_max)}};
     }},
    {"workflow_task.input",
     [](auto& unit) {
       unit.tasks.inserted.front().input = {{"n", nested_levels(10'000)}};
     }},
    {"workflow.progress", [](auto& unit) { unit.workflow.progress = std::nan(""); }},
    {"workflow_step.memory.x",
     [](auto& unit) {
       unit.steps.inserted.front().memory = {{"x", std::numeric_limits<double>::infinity()}};
     }},
    {"workflow.resource_id",
     [](auto& unit) { unit.workflow.resource_id = std::string(key_bytes_max + 1, 'x'); }},
    {"workflow_event.event_key",
     [](auto& unit) { unit.events.front().event_key = std::string(key_bytes_max + 1, 'x'); }},
    {"workflow_participant.user_id",
     [](auto& unit) {
       unit.participants.inserted.front().user_id = std::string(key_bytes_max + 1, 'x');
     }},
    {"what is to be stored is",
     [](auto& unit) { unit.workflow.note = std::string(unit_bytes_max, 'x'); }},
    {"unit_of_work.events", [](auto& unit) { unit.events.clear(); }},
    {"a value of workflow.ts_expire",
     [](auto& unit) { unit.workflow.ts_expire = timestamp::max(); }},
    {"a value of workflow.ts_expire",
     [](auto& unit) {
       unit.workflow.ts_expire = std::chrono::sys_days{std::chrono::year{10'000} / 1 / 1};
     }},
    {"a value of workflow_message.timestamp",
     [](auto& unit) {
       unit.messages.front().at = std::chrono::sys_days{std::chrono::year{0} / 12 / 31};
     }},
    {"a value of workflow_message.timestamp",
     [](auto& unit) {
       unit.messages.front().at = std::chrono::sys_days{std::chrono::year{-5} / 1 / 1};
     }},
    {"workflow.revision", [](auto& unit) { ++unit.workflow.revision; }},
    {"unit_of_work.read_revision", [](auto& unit) { unit.read_revision = -1; }}};

// No list of a unit takes a row of a workflow other than the unit's, whether that exists or not;
// nothing else in the interface could make a child without its workflow.
std::vector<bad_change> rows_of(const uuid& other) {
  return {{"workflow_step", [=](auto& unit) { unit.steps.inserted[0].workflow_id = other; }},
          {"workflow_step", [=](auto& unit) { unit.steps.updated[0].workflow_id = other; }},
          {"workflow_stage", [=](auto& unit) { unit.stages.inserted[0].workflow_id = other; }},
          {"workflow_stage", [=](auto& unit) { unit.stages.updated[0].workflow_id = other; }},
          {"workflow_participant",
           [=](auto& unit) { unit.participants.inserted[0].workflow_id = other; }},
          {"workflow_participant",
           [=](auto& unit) { unit.participants.removed[0].workflow_id = other; }},
          {"workflow_memory", [=](auto& unit) { unit.memory.updated[0].workflow_id = other; }},
          {"workflow_mutation", [=](auto& unit) { unit.mutations[0].workflow_id = other; }},
          {"workflow_message", [=](auto& unit) { unit.messages[0].workflow_id = other; }},
          {"workflow_event", [=](auto& unit) { unit.events[0].workflow_id = other; }},
          {"workflow_task", [=](auto& unit) { unit.tasks.inserted[0].workflow_id = other; }},
          {"workflow_task", [=](auto& unit) { unit.tasks.updated[0].workflow_id = other; }}};
}

void check_all_refused(store& store, const unit_of_work& good,
                       const std::vector<bad_change>& changes) {
  for (const auto& bad : changes) {
    unit_of_work unit = good;
    bad.make(unit);
    INFO(bad.where);
    check_refused(store, unit, bad.where);
  }
}

}  // namespace

STORE_TEST_CASE("text that one database would cut or refuse is refused in every column") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  for (const auto& bad : bad_texts) {
    const auto units = units_with(bad.text, next_unit(first));
    REQUIRE(units.size() > 50);
    for (const auto& [column, unit] : units) {
      INFO(bad.what << " in " << column);
      check_refused(*store, unit, column);
    }
  }
  CHECK(database.dump(*store) == before);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

STORE_TEST_CASE("what lies beyond a bound, or contradicts itself, is refused") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  check_all_refused(*store, next_unit(first), bad_changes);
  CHECK(database.dump(*store) == before);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

STORE_TEST_CASE("a foreign key cannot be violated, since a unit has rows of its workflow only") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto neighbour = first_unit(2);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->create(neighbour) == commit_result::applied);
  const std::string before = database.dump(*store);
  check_all_refused(*store, next_unit(first), rows_of(neighbour.workflow.id));
  check_all_refused(*store, next_unit(first), rows_of(id_of(id_kind::workflow, 3)));
  CHECK(database.dump(*store) == before);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

STORE_TEST_CASE("a unit that creates is held to the same rules") {
  const auto store = database.open();
  auto unit = first_unit(1);
  unit.workflow.title = secret + '\0';
  check_refused(*store, unit, "workflow.title");
  unit = first_unit(1);
  unit.events.clear();
  check_refused(*store, unit, "unit_of_work.events");
  CHECK(store->list({}).workflows.empty());
  check_usable(*store);
}

STORE_TEST_CASE("keys as long as the limit are stored") {
  const auto store = database.open();
  auto unit = first_unit(1);
  const std::string longest(key_bytes_max, 'x');
  unit.workflow.resource_id = unit.workflow.resource_name = unit.workflow.wfdef_key = longest;
  unit.events.front().event_key = longest;
  unit.participants.inserted.front().role = longest;
  unit.participants.inserted.front().user_id = longest;
  CHECK(store->create(unit) == commit_result::applied);
  CHECK(store->load({longest, longest}, longest).size() == 1);
}

STORE_TEST_CASE("what is looked for is held to the same rules") {
  const auto store = database.open();
  const uuid id = id_of(id_kind::workflow, 1);
  auto texts = bad_texts;
  texts.push_back({"too long", secret + std::string(key_bytes_max, 'x')});
  for (const auto& bad : texts) {
    INFO(bad.what);
    const std::vector<std::function<void()>> calls{
        [&] { (void)store->load(id, bad.text); },
        [&] {
          (void)store->load({bad.text, std::string{"id"}});
        },
        [&] {
          (void)store->load({"name", bad.text});
        },
        [&] {
          (void)store->load({"name", "id"}, bad.text);
        },
        [&] { (void)store->list({.wfdef_key = bad.text}); }};
    for (const auto& call : calls) {
      const error thrown = error_of(call);
      CHECK(thrown.kind() == error_kind::invalid_input);
      CHECK_THAT(thrown.what(), !Catch::Matchers::Contains(secret));
    }
  }
  check_usable(*store);
}

STORE_TEST_CASE("definitions are held to the same rules") {
  const auto store = database.open();
  schema::workflow_definition good;
  good.wfdef_key = "a";
  auto bad = good;
  bad.steps = {json::object{{"key", secret + '\0'}}};
  auto large = good;
  large.title = std::string(unit_bytes_max, 'x');
  for (const auto& refused : {bad, large}) {
    const error thrown = error_of([&] { (void)store->register_definitions({{good, refused}}); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), !Catch::Matchers::Contains(secret));
  }
  good.title = "stored now, not before";
  CHECK(store->register_definitions({{good}}).front().title == good.title);
}

STORE_TEST_CASE("rows with a key that is too long, or of too many bytes together, are refused") {
  const auto store = database.open();
  const auto& tables = schema::workflow_database<>::description.tables;
  const auto participants = std::ranges::find_if(
      tables, [](const auto& table) { return table.name == "workflow_participant"; });
  const auto insert = [&](const schema::workflow_participant& row, std::size_t times) {
    const json::array rows(times, schema::to_json<schema::workflow_participant_table>(row));
    return error_of([&] { store->write_rows(*participants, persistence::verb::insert, rows); });
  };
  schema::workflow_participant row = first_unit(1).participants.inserted.front();
  row.user_id = std::string(300, 'u');
  const error of_key = insert(row, 1);
  CHECK(of_key.kind() == error_kind::invalid_input);
  CHECK_THAT(of_key.what(), Catch::Contains("is longer than 256 bytes; shorten it"));
  row.user_id = std::string(200, '\n');  // two bytes each as JSON
  const error of_all = insert(row, 45'000);
  CHECK(of_all.kind() == error_kind::invalid_input);
  CHECK_THAT(of_all.what(), Catch::Contains("bytes"));
}
