// SPDX-License-Identifier: Apache-2.0
#include "persistence/rows/state_rows.hpp"

#include <algorithm>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <random>

#include "support/stores.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::schema;
using namespace nava::test;

namespace {

template <class Table>
void add(std::vector<connection::row>& rows, const std::vector<typename Table::row_type>& of) {
  for (const auto& row : of)
    rows.push_back({std::string{Table::name.view()}, json::serialize(to_json<Table>(row))});
}

// What a database answers for the past of a workflow.
std::vector<connection::row> rows_of(const workflow_history& history) {
  std::vector<connection::row> rows;
  add<workflow_table>(rows, {history.state.workflow});
  add<workflow_step_table>(rows, history.state.steps);
  add<workflow_stage_table>(rows, history.state.stages);
  add<workflow_participant_table>(rows, history.state.participants);
  add<workflow_memory_table>(rows, {history.state.memory});
  add<workflow_task_table>(rows, history.tasks);
  add<workflow_mutation_table>(rows, history.mutations);
  add<workflow_message_table>(rows, history.messages);
  add<workflow_event_table>(rows, history.events);
  return rows;
}

workflow_history past_of(std::uint64_t number) {
  const auto first = first_unit(number);
  const auto whole = expected_workflow{}.apply(first).apply(next_unit(first));
  workflow_history past = whole.history();
  past.state = whole.state();
  return past;
}

}  // namespace

TEST_CASE("state_rows: rows in any order make the same past, in order") {
  const auto expected = past_of(1);
  REQUIRE(expected.mutations.size() > 3);
  auto rows = rows_of(expected);
  std::mt19937_64 random{20260101};
  for (int i = 0; i < 20; ++i) {
    std::shuffle(rows.begin(), rows.end(), random);
    CHECK(history_json(history_from(rows, stored_form::json).value()) == history_json(expected));
  }
}

TEST_CASE("state_rows: the rows of several workflows are told apart, in the order of their ids") {
  std::vector<connection::row> rows;
  for (const std::uint64_t number : {3, 1, 2})
    for (const auto& row : rows_of(past_of(number))) rows.push_back(row);
  std::mt19937_64 random{20260101};
  std::shuffle(rows.begin(), rows.end(), random);
  const auto loaded = loaded_from(rows, stored_form::json);
  REQUIRE(loaded.size() == 3);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    auto expected = past_of(number);
    expected.state.tasks = expected.tasks;
    CHECK(workflow_json(loaded[number - 1].state) == workflow_json(expected.state));
  }
}

TEST_CASE("state_rows: an event has been applied to the workflow that a load names for it") {
  auto rows = rows_of(past_of(1));
  for (const auto& row : rows_of(past_of(2))) rows.push_back(row);
  add<applied_event_table>(rows, {{id_of(id_kind::workflow, 2)}});
  const auto loaded = loaded_from(rows, stored_form::json);
  REQUIRE(loaded.size() == 2);
  CHECK_FALSE(loaded[0].event_applied);
  CHECK(loaded[1].event_applied);
}

TEST_CASE("state_rows: no rows are no workflow") {
  CHECK(loaded_from({}, stored_form::json).empty());
  CHECK_FALSE(history_from({}, stored_form::record));
}

TEST_CASE("state_rows: children that lost their workflow are none") {
  auto rows = rows_of(past_of(1));
  rows.erase(rows.begin());
  for (const auto& row : rows_of(past_of(2))) rows.push_back(row);
  const auto loaded = loaded_from(rows, stored_form::json);
  REQUIRE(loaded.size() == 1);
  CHECK(loaded.front().state.workflow.id == id_of(id_kind::workflow, 2));
}

TEST_CASE("state_rows: a stored value that does not fit is an error that names its column") {
  auto rows = rows_of(past_of(1));
  rows.front()[1] = R"({"status": "s3cret"})";
  const error thrown = error_of([&] { (void)loaded_from(rows, stored_form::json); });
  CHECK(thrown.kind() == error_kind::other);
  CHECK_THAT(thrown.what(),
             Catch::Matchers::Contains("workflow.status") && !Catch::Matchers::Contains("s3cret"));
}
