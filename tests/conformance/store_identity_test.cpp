// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cctype>
#include <functional>
#include <nava/nava.hpp>
#include <nava/schema/workflow_database.hpp>

#include "conformance/store_test_case.hpp"
#include "support/replayed.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

using unit_change = std::function<void(unit_of_work&)>;

template <class Rows>
void repeat(Rows& rows) {
  rows.push_back(rows.front());
}

// For each part of a unit, a change that makes two of its rows one; and for each two parts of one
// table.
const std::vector<std::pair<std::string, unit_change>> repetitions{
    {"workflow_step", [](auto& unit) { repeat(unit.steps.inserted); }},
    {"workflow_step", [](auto& unit) { repeat(unit.steps.updated); }},
    {"workflow_step",
     [](auto& unit) { unit.steps.updated.push_back(unit.steps.inserted.front()); }},
    {"workflow_stage", [](auto& unit) { repeat(unit.stages.inserted); }},
    {"workflow_stage", [](auto& unit) { repeat(unit.stages.updated); }},
    {"workflow_stage",
     [](auto& unit) { unit.stages.updated.push_back(unit.stages.inserted.front()); }},
    {"workflow_participant", [](auto& unit) { repeat(unit.participants.inserted); }},
    {"workflow_participant", [](auto& unit) { repeat(unit.participants.removed); }},
    {"workflow_participant",
     [](auto& unit) { unit.participants.removed.push_back(unit.participants.inserted.front()); }},
    {"workflow_memory", [](auto& unit) { repeat(unit.memory.updated); }},
    {"workflow_memory",
     [](auto& unit) { unit.memory.inserted.push_back(unit.memory.updated.front()); }},
    {"workflow_task", [](auto& unit) { repeat(unit.tasks.inserted); }},
    {"workflow_task", [](auto& unit) { repeat(unit.tasks.updated); }},
    {"workflow_task",
     [](auto& unit) { unit.tasks.updated.push_back(unit.tasks.inserted.front()); }},
    {"the seq of", [](auto& unit) { repeat(unit.mutations); }},
    {"the seq of", [](auto& unit) { repeat(unit.messages); }},
    {"the seq of", [](auto& unit) { repeat(unit.events); }},
    {"the seq of", [](auto& unit) { unit.messages.front().seq = unit.mutations.front().seq; }},
    {"the seq of", [](auto& unit) { unit.events.front().seq = unit.messages.front().seq; }}};

const uuid workflow_id = id_of(id_kind::workflow, 1);
const resource about{"claim", "1"};

definition claim() {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review");
  builder.step("ask", {.stage = "review"}).on("note", [](step_context& step, const event& note) {
    step.memorize(note.data);
  });
  builder.on_started([](workflow_context& workflow) { workflow.add_step("ask"); });
  return builder.build();
}

}  // namespace

STORE_TEST_CASE("two rows of one key in a unit are refused, and nothing is written") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  for (std::size_t i = 0; i < repetitions.size(); ++i) {
    INFO("case " << i << ", " << repetitions[i].first);
    unit_of_work unit = next_unit(first);
    unit.participants.inserted.front().user_id = "eve";
    repetitions[i].second(unit);
    const error thrown = error_of([&] { (void)store->commit(unit); });
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Catch::Matchers::StartsWith(repetitions[i].first) &&
                                  Catch::Matchers::Contains("two rows of one key"));
  }
  auto created = first_unit(2);
  repeat(created.steps.inserted);
  CHECK(error_of([&] { (void)store->create(created); }).kind() == error_kind::invalid_input);
  CHECK(database.dump(*store) == before);
  CHECK(store->commit(next_unit(first)) == commit_result::applied);
}

STORE_TEST_CASE("an update of rows takes no two of one key") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto rows = first.stages.inserted;
  repeat(rows);
  const error thrown = error_of([&] { update_rows<schema::workflow_database<>>(*store, rows); });
  CHECK(thrown.kind() == error_kind::invalid_input);
  CHECK_THAT(thrown.what(), Catch::Matchers::StartsWith("workflow_stage"));
  CHECK(database.dump(*store) == before);

  // The same id in capitals is the same key.
  json::object row = schema::to_json<schema::workflow_stage_table>(first.stages.inserted.front());
  json::array spellings{row};
  for (char& character : row.at("workflow_id").as_string())
    character = static_cast<char>(std::toupper(static_cast<unsigned char>(character)));
  REQUIRE(spellings.front() != json::value{row});
  spellings.push_back(row);
  const auto& tables = schema::workflow_database<>::description.tables;
  const auto stages = std::ranges::find_if(
      tables, [](const auto& table) { return table.name == "workflow_stage"; });
  CHECK(error_of([&] {
          store->write_rows(*stages, persistence::verb::update, spellings);
        }).kind() == error_kind::invalid_input);
  CHECK(database.dump(*store) == before);
}

STORE_TEST_CASE("a decision on an earlier life of a workflow id is a conflict") {
  const auto store = database.open();
  const definition how = claim();
  const auto first =
      engine::decide_start(how, {workflow_id, about}, instant(0), id_of(id_kind::transaction, 1));
  const auto note = [&](const engine::decision& before, std::uint64_t transaction) {
    return engine::decide(
        how, before.state,
        {.name = "note", .resource = about, .key = nava::no_key, .data = {{"said", "old"}}},
        instant(0), id_of(id_kind::transaction, transaction));
  };
  const auto in_first = note(first, 2);
  const auto late_in_first = note(in_first, 3);
  REQUIRE(store->create(first.work) == commit_result::applied);
  REQUIRE(store->commit(in_first.work) == commit_result::applied);
  REQUIRE(store->erase(workflow_id));

  const auto second =
      engine::decide_start(how, {workflow_id, about}, instant(0), id_of(id_kind::transaction, 4));
  REQUIRE(store->create(second.work) == commit_result::applied);
  const std::string before = database.dump(*store);
  CHECK(store->commit(in_first.work) == commit_result::conflict);
  CHECK(store->commit(late_in_first.work) == commit_result::conflict);
  CHECK(store->create(first.work) == commit_result::conflict);
  CHECK(store->create(second.work) == commit_result::already_applied);
  CHECK(database.dump(*store) == before);

  CHECK(store->commit(note(second, 5).work) == commit_result::applied);
  CHECK(broken_promises(*store, workflow_id).empty());
}

STORE_TEST_CASE("times beyond the years 1 to 9999 are an error that says so, for every call") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  const std::string before = database.dump(*store);
  auto next = next_unit(first);
  next.tasks.inserted.front().ts_due = timestamp::max();
  auto rows = first.messages;
  rows.front().at = timestamp::min();
  const purge_control beyond{.dry_run = true, .clock = [] { return timestamp::max(); }};
  purge_control resumed{.after = purge_cursor{timestamp::max(), {}}};
  purge_control counting = resumed;
  counting.dry_run = true;
  const std::vector<std::function<void()>> calls{
      [&] { (void)store->commit(next); },
      [&] { insert_rows<schema::workflow_database<>>(*store, rows); },
      [&] { store->purge({}, beyond); }, [&] { store->purge({}, counting); },
      [&] { store->purge({}, resumed); }};
  for (const auto& call : calls) {
    const error thrown = error_of(call);
    CHECK(thrown.kind() == error_kind::invalid_input);
    CHECK_THAT(thrown.what(), Catch::Matchers::Contains("years 1 to 9999"));
  }
  CHECK(database.dump(*store) == before);
}
