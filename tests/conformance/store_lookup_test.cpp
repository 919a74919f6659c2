// SPDX-License-Identifier: Apache-2.0
#include <nava/runtime/family.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "conformance/store_test_case.hpp"

using namespace nava;
using namespace nava::persistence;
using namespace nava::test;

namespace {

std::vector<uuid> ids_of(const std::vector<schema::workflow>& workflows) {
  std::vector<uuid> ids;
  for (const auto& workflow : workflows) ids.push_back(workflow.id);
  return ids;
}

std::vector<uuid> workflow_ids(std::initializer_list<std::uint64_t> numbers) {
  std::vector<uuid> ids;
  for (const auto number : numbers) ids.push_back(id_of(id_kind::workflow, number));
  return ids;
}

schema::workflow_definition definition_of(std::string key, std::int64_t revision,
                                          std::string title) {
  schema::workflow_definition made;
  made.wfdef_key = std::move(key);
  made.wfdef_rev = revision;
  made.title = std::move(title);
  made.wf_namespace = "tests";
  made.steps = {json::object{{"key", "approval"}, {"states", {"ASKED", "APPROVED"}}}};
  made.params_schema = json::object{{"type", "object"}};
  return made;
}

json::value as_json(const schema::workflow_definition& definition) {
  return schema::to_json<schema::workflow_definition_table>(definition);
}

}  // namespace

STORE_TEST_CASE("load says whether an event key has been applied to the workflow") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto other = first_unit(2);
  auto second = next_unit(first);
  second.events.front().event_key = "only here";
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->create(other) == commit_result::applied);
  REQUIRE(store->commit(second) == commit_result::applied);
  const uuid id = first.workflow.id;
  CHECK(store->load(id, "only here").value().event_applied);
  CHECK(store->load(id, "event-1").value().event_applied);
  CHECK_FALSE(store->load(id, "never").value().event_applied);
  CHECK_FALSE(store->load(id).value().event_applied);
  CHECK_FALSE(store->load(other.workflow.id, "only here").value().event_applied);
  CHECK(store->load({"claim", "claim-1"}, "only here").front().event_applied);
  CHECK_FALSE(store->load({"claim", "claim-2"}, "only here").front().event_applied);
}

STORE_TEST_CASE("an empty event key is not looked for, even where one is stored") {
  const auto store = database.open();
  auto unit = first_unit(1);
  unit.events.front().event_key = "";
  REQUIRE(store->create(unit) == commit_result::applied);
  CHECK_FALSE(store->load(unit.workflow.id).value().event_applied);
  CHECK_FALSE(store->load({"claim", "claim-1"}).front().event_applied);
}

STORE_TEST_CASE("a resource's workflows of all definitions are loaded in the order of their ids") {
  const auto store = database.open();
  for (const std::uint64_t number : {3, 1, 2}) {
    auto unit = first_unit(number);
    unit.workflow.resource_id = "shared";
    unit.workflow.wfdef_key = "definition-" + std::to_string(number);
    REQUIRE(store->create(unit) == commit_result::applied);
  }
  REQUIRE(store->create(first_unit(4)) == commit_result::applied);
  std::vector<uuid> found;
  for (const auto& loaded : store->load({"claim", "shared"})) {
    found.push_back(loaded.state.workflow.id);
    CHECK(loaded.state.steps.size() == 2);
    CHECK(loaded.state.stages.size() == 2);
    CHECK(loaded.state.tasks.size() == 2);
  }
  CHECK(found == workflow_ids({1, 2, 3}));
  CHECK(store->load({"shared", "claim"}).empty());
}

STORE_TEST_CASE("what is not there is not found") {
  const auto store = database.open();
  const uuid id = id_of(id_kind::workflow, 1);
  CHECK_FALSE(store->load(id));
  CHECK_FALSE(store->history(id));
  CHECK_FALSE(store->erase(id));
  CHECK(store->load({"claim", "claim-1"}).empty());
  CHECK(store->list({}).workflows.empty());
  for (const auto& count : store->count_rows(id)) CHECK(count.rows == 0);
}

STORE_TEST_CASE("a loaded state has the open tasks, the history all of them") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->commit(next_unit(first)) == commit_result::applied);
  CHECK(store->load(first.workflow.id).value().state.tasks.size() == 2);
  CHECK(store->history(first.workflow.id).value().tasks.size() == 3);
}

STORE_TEST_CASE("steps, stages and the past come in order, however they were written") {
  const auto store = database.open();
  auto unit = first_unit(1);
  std::swap(unit.steps.inserted[0].index, unit.steps.inserted[1].index);
  std::swap(unit.stages.inserted[0].order, unit.stages.inserted[1].order);
  std::swap(unit.mutations.front(), unit.mutations.back());
  for (auto& mutation : unit.mutations) mutation.seq = 20 - mutation.seq;
  REQUIRE(store->create(unit) == commit_result::applied);
  const auto state = store->load(unit.workflow.id).value().state;
  CHECK(state.steps[0].index < state.steps[1].index);
  CHECK(state.stages[0].order < state.stages[1].order);
  const auto history = store->history(unit.workflow.id);
  CHECK(history->mutations[0].seq == 17);
  CHECK(history->mutations[1].seq == 18);
  CHECK(history->mutations[2].seq == 19);
}

STORE_TEST_CASE("a history comes in pages, which hold what the whole holds") {
  const auto store = database.open();
  const auto first = first_unit(1);
  const auto other = first_unit(2);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->create(other) == commit_result::applied);
  REQUIRE(store->commit(next_unit(first)) == commit_result::applied);
  const uuid id = first.workflow.id;
  const auto whole = store->history(id).value();
  const auto append = [](auto& rows, auto& more) {
    std::move(more.begin(), more.end(), std::back_inserter(rows));
  };
  for (const std::int64_t limit : {1, 2, 5, 1000}) {
    workflow_history joined;
    for (std::int64_t after = 0; after < whole.state.workflow.last_seq; after += limit) {
      auto page = store->history(id, {.after_seq = after, .limit = limit}).value();
      const auto rows = page.mutations.size() + page.messages.size() + page.events.size();
      CHECK(rows <= static_cast<std::size_t>(limit));
      append(joined.mutations, page.mutations);
      append(joined.messages, page.messages);
      append(joined.events, page.events);
      joined.tasks = std::move(page.tasks);
      joined.state = std::move(page.state);
    }
    CHECK(history_json(joined) == history_json(whole));
  }
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  CHECK(store->history(id, {.after_seq = most, .limit = most}).value().events.empty());
  CHECK(history_json(store->history(id, {.after_seq = 0, .limit = most}).value()) ==
        history_json(whole));
  CHECK_FALSE(store->history(id_of(id_kind::workflow, 3), {.limit = 1}));
  for (const history_request wrong :
       {history_request{.after_seq = -1}, {.limit = 0}, {.limit = -5}})
    CHECK(error_of([&] { (void)store->history(id, wrong); }).kind() == error_kind::invalid_input);
}

STORE_TEST_CASE("erase removes all rows of one workflow and touches no other") {
  const auto store = database.open();
  const auto kept = first_unit(2);
  REQUIRE(store->create(kept) == commit_result::applied);
  REQUIRE(store->commit(next_unit(kept)) == commit_result::applied);
  const std::string before = database.dump(*store);

  const auto erased = first_unit(1);
  REQUIRE(store->create(erased) == commit_result::applied);
  REQUIRE(store->commit(next_unit(erased)) == commit_result::applied);
  CHECK(store->erase(erased.workflow.id));
  CHECK(database.dump(*store) == before);
  for (const auto& count : store->count_rows(erased.workflow.id)) CHECK(count.rows == 0);
  CHECK_FALSE(store->erase(erased.workflow.id));
  CHECK(store->commit(next_unit(erased)) == commit_result::conflict);
}

STORE_TEST_CASE("a reused id sees no rows of the workflow before it") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->commit(next_unit(first)) == commit_result::applied);
  REQUIRE(store->erase(first.workflow.id));
  REQUIRE(store->create(first) == commit_result::applied);
  const auto expected = expected_workflow{}.apply(first);
  CHECK(workflow_json(store->load(first.workflow.id).value().state) ==
        workflow_json(expected.state()));
  CHECK(history_json(*store->history(first.workflow.id)) == history_json(expected.history()));
  CHECK_FALSE(store->load(first.workflow.id, "event-2").value().event_applied);
}

STORE_TEST_CASE("count_rows counts what erase would remove, and erase_and_count what it did") {
  const auto store = database.open();
  const auto first = first_unit(1);
  REQUIRE(store->create(first) == commit_result::applied);
  REQUIRE(store->create(first_unit(2)) == commit_result::applied);
  const auto pairs = [](const std::vector<table_rows>& counts) {
    std::vector<std::pair<std::string, std::int64_t>> list;
    for (const auto& count : counts) list.emplace_back(count.table, count.rows);
    return list;
  };
  const auto counts = pairs(store->count_rows(first.workflow.id));
  CHECK(counts == std::vector<std::pair<std::string, std::int64_t>>{{"workflow", 1},
                                                                    {"workflow_step", 2},
                                                                    {"workflow_stage", 2},
                                                                    {"workflow_participant", 2},
                                                                    {"workflow_memory", 1},
                                                                    {"workflow_mutation", 3},
                                                                    {"workflow_message", 1},
                                                                    {"workflow_event", 1},
                                                                    {"workflow_task", 2},
                                                                    {"workflow_agenda", 2},
                                                                    {"workflow_worklist", 1}});
  CHECK(pairs(store->erase_and_count(first.workflow.id)) == counts);
  CHECK(store->erase_and_count(first.workflow.id).empty());
  CHECK(ids_of(store->list({}).workflows) == workflow_ids({2}));
}

STORE_TEST_CASE("list_children finds those whose tag names a task of their parent, in pages") {
  const auto store = database.open();
  const auto parent_of_two = [](std::uint64_t number, std::initializer_list<std::uint64_t> of) {
    auto unit = first_unit(number);
    for (const std::uint64_t child : of) {
      auto task = unit.tasks.inserted.front();
      task.id = id_of(id_kind::task, 100 * number + child);
      task.name = "nava.child";
      const auto& asked = first_unit(child).workflow;
      task.input = {{"definition", asked.wfdef_key},
                    {"resource_name", asked.resource_name},
                    {"resource_id", asked.resource_id}};
      unit.tasks.inserted.push_back(std::move(task));
    }
    return unit;
  };
  const auto child_of = [](std::uint64_t number, std::uint64_t parent, std::uint64_t task_number) {
    auto unit = first_unit(number);
    unit.workflow.sys_tag = {
        "red", json::object{{"parent", schema::to_text(id_of(id_kind::workflow, parent))},
                            {"task", schema::to_text(id_of(id_kind::task, task_number))}}};
    return unit;
  };
  // Of 1 is 3, and not 4, which somebody else has started; of 2 are 5 and 6.
  for (const auto& unit : {parent_of_two(1, {3, 4}), parent_of_two(2, {5, 6}), child_of(3, 1, 103),
                           first_unit(4), child_of(5, 2, 205), child_of(6, 2, 206)})
    REQUIRE(store->create(unit) == commit_result::applied);
  const auto children = [&](std::initializer_list<std::uint64_t> of,
                            std::optional<std::uint64_t> after = {}) {
    std::optional<uuid> place;
    if (after) place = id_of(id_kind::workflow, *after);
    return ids_of(store->list_children(workflow_ids(of), place));
  };
  CHECK(children({1}) == workflow_ids({3}));
  CHECK(children({1, 2}) == workflow_ids({3, 5, 6}));
  CHECK(children({1, 2}, 3) == workflow_ids({5, 6}));
  CHECK(children({3, 4, 99}).empty());
  CHECK(children({}).empty());
  REQUIRE(store->erase(id_of(id_kind::workflow, 5)));
  CHECK(children({2}) == workflow_ids({6}));
}

TEST_CASE("store: list_children returns a thousand at most, and the rest beyond them") {
  sqlite_memory database;
  const auto store = database.open();
  auto parent = first_unit(1);
  const auto template_of_task = parent.tasks.inserted.front();
  std::vector<unit_of_work> children;
  for (std::uint64_t number = 2; number < 2 + list_rows_max + 1; ++number) {
    auto child = first_unit(number);
    auto task = template_of_task;
    task.id = id_of(id_kind::task, 10'000 + number);
    task.name = "nava.child";
    task.input = {{"definition", child.workflow.wfdef_key},
                  {"resource_name", child.workflow.resource_name},
                  {"resource_id", child.workflow.resource_id}};
    parent.tasks.inserted.push_back(task);
    child.workflow.sys_tag = {json::object{{"parent", schema::to_text(parent.workflow.id)},
                                           {"task", schema::to_text(task.id)},
                                           {"definition", parent.workflow.wfdef_key}}};
    children.push_back(std::move(child));
  }
  REQUIRE(store->create(parent) == commit_result::applied);
  for (const auto& child : children) REQUIRE(store->create(child) == commit_result::applied);
  const std::vector<uuid> parents{parent.workflow.id};
  const auto page = store->list_children(parents);
  REQUIRE(page.size() == list_rows_max);
  CHECK(store->list_children(parents, page.back().id).size() == 1);
  CHECK(load_family(*store, parent.workflow.id).size() == list_rows_max + 2);
}

STORE_TEST_CASE("a definition is kept as it was first registered") {
  const auto store = database.open();
  const auto first = definition_of("claim", 1, "Claim");
  const auto second = definition_of("claim", 2, "Claim, revised");
  CHECK(store->register_definitions({}).empty());
  auto stored = store->register_definitions({{first, second}});
  REQUIRE(stored.size() == 2);
  CHECK(as_json(stored[0]) == as_json(first));
  CHECK(as_json(stored[1]) == as_json(second));

  const auto changed = definition_of("claim", 1, "Claim, changed in secret");
  const auto other = definition_of("other", 1, "Other");
  stored = store->register_definitions({{other, changed}});
  REQUIRE(stored.size() == 2);
  CHECK(as_json(stored[0]) == as_json(other));
  CHECK(as_json(stored[1]) == as_json(first));
}
