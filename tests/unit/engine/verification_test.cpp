// SPDX-License-Identifier: Apache-2.0
#include <nava/engine/decision.hpp>
#include <nava/engine/verification.hpp>
#include <nava/nava.hpp>
#include <nava/schema/workflow_tables.hpp>

#include "support/catch.hpp"

namespace {

using namespace nava;
using namespace nava::schema;
using engine::verify;

const uuid workflow_id = *parse_uuid("01890000-0000-7000-8000-000000000001");
const uuid transaction_id = *parse_uuid("01890000-0000-7000-8000-0000000000aa");
const timestamp noon = *parse_timestamp("2026-03-01T12:00:00Z");
const resource about{"claim", "4711"};
using lines = std::vector<std::string>;

void write(workflow_task& task, const row_update<workflow_task>& updated) {
  std::size_t position = 0;
  for_each_column<workflow_task_table>([&](auto column) {
    if (has_column(updated.columns, position++)) task.*column.member = updated.*column.member;
  });
}

void append(workflow_history& history, const engine::decision& made) {
  const auto& mutations = made.work.mutations;
  history.mutations.insert(history.mutations.end(), mutations.begin(), mutations.end());
  history.tasks.insert(history.tasks.end(), made.work.tasks.inserted.begin(),
                       made.work.tasks.inserted.end());
  for (const auto& updated : made.work.tasks.updated)
    for (auto& task : history.tasks)
      if (task.id == updated.id) write(task, updated);
  history.state = made.state;
}

// What a store would answer of a workflow with all kinds of rows, two of most of them.
workflow_history stored_history() {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review").stage("pay", "Pay").role("manager", "Manager");
  builder.step("approval", {.stage = "review", .states = {"ASKED"}});
  builder.step("payment", {.stage = "pay"});
  builder.on_started([](workflow_context& workflow) {
    workflow.add_step("approval").transit("ASKED").memorize({{"note", "fine"}});
    workflow.add_step("payment").add_task("transfer", {{"amount", 120}});
    workflow.add_participant("manager", "ann").add_participant("manager", "bob");
    workflow.memorize({{"seen", true}}).output({{"paid", false}});
  });
  builder.on("paid", [](workflow_context& workflow, const event&) {
    workflow.cancel_task(workflow.open_tasks().front().id);
    workflow.step("payment").finish();
    workflow.del_participant("manager", "bob");
  });
  const definition how = builder.build();
  workflow_history history;
  const auto started =
      decide_start(how, {workflow_id, about, {{"amount", 120}}}, noon, transaction_id);
  append(history, started);
  append(history,
         decide(how, started.state, event{.name = "paid", .resource = about, .key = no_key}, noon,
                transaction_id));
  return history;
}

std::string step_named(const workflow_step& step) { return "workflow_step " + to_text(step.id); }

std::string column_differs(const std::string& row, const std::string& column) {
  return row + ": column " + column + " differs from the replay of the mutations";
}

}  // namespace

TEST_CASE("verify finds nothing where the rows are as the mutations made them") {
  auto history = stored_history();
  REQUIRE(history.state.steps.size() == 2);
  REQUIRE(history.tasks.at(0).status == task_status::cancelled);
  CHECK(verify(history) == lines{});
  // Other commits move these, and no mutation tells of them.
  history.state.workflow.revision += 7;
  history.state.workflow.last_seq += 7;
  history.state.workflow.updated += std::chrono::hours{1};
  CHECK(verify(history) == lines{});
}

TEST_CASE("verify names each column that differs, of each table, but no value") {
  auto history = stored_history();
  const std::string workflow = "workflow " + to_text(workflow_id);
  SECTION("of the workflow") {
    history.state.workflow.status = workflow_status::paused;
    history.state.workflow.owner_id = "eve";
    CHECK(verify(history) ==
          lines{column_differs(workflow, "owner_id"), column_differs(workflow, "status")});
  }
  SECTION("of a step") {
    auto& step = history.state.steps.at(0);
    step.stm_from.reset();
    step.memory["note"] = "secret";
    CHECK(verify(history) == lines{column_differs(step_named(step), "memory"),
                                   column_differs(step_named(step), "stm_from")});
  }
  SECTION("of a stage") {
    history.state.stages.at(1).status = stage_status::error;
    CHECK(verify(history) == lines{column_differs("workflow_stage pay", "status")});
  }
  SECTION("of the memory") {
    history.state.memory.params = {};
    history.state.memory.memory["seen"] = 1;
    history.state.memory.output.erase("paid");
    const std::string memory = "workflow_memory " + to_text(workflow_id);
    CHECK(verify(history) == lines{column_differs(memory, "params"),
                                   column_differs(memory, "memory"),
                                   column_differs(memory, "output")});
  }
  SECTION("of a task") {
    auto& task = history.tasks.at(0);
    task.status = task_status::completed;
    task.input = {};
    const std::string name = "workflow_task " + to_text(task.id);
    CHECK(verify(history) == lines{column_differs(name, "status"), column_differs(name, "input")});
  }
  SECTION("of a row that belongs to another workflow") {
    history.state.stages.at(0).workflow_id = transaction_id;
    CHECK(verify(history) == lines{column_differs("workflow_stage review", "workflow_id")});
  }
}

TEST_CASE("verify leaves out what workers write of a task, and no more") {
  auto history = stored_history();
  history.mutations.erase(std::find_if(history.mutations.begin(), history.mutations.end(),
                                       [](const auto& row) { return row.name == "update-task"; }));
  auto& task = history.tasks.at(0);
  task.ts_end.reset();
  task.status = task_status::scheduled;
  task.attempt = 2;
  task.error = "busy";
  const auto differing = [&] {
    auto found = verify(history);
    std::erase_if(found,
                  [](const std::string& line) { return !line.starts_with("workflow_task"); });
    return found;
  };
  CHECK(differing().empty());
  task.status = task_status::completed;
  task.ts_end = task.ts_start = timestamp{};
  task.lease_owner = "w";
  task.lease_fence = 1;
  task.result = json::object{{"done", true}};
  CHECK(differing().empty());
  const std::string name = "workflow_task " + to_text(task.id);
  task.name = "other";
  CHECK(differing() == lines{column_differs(name, "name")});
  task.name = "transfer";
  task.status = task_status::cancelled;
  CHECK(differing().front() == column_differs(name, "status"));
  task.status = task_status::completed;
  task.lease_owner.reset();
  CHECK(differing().front() == column_differs(name, "status"));
}

TEST_CASE("verify names rows that no mutation makes, and rows that are gone") {
  auto history = stored_history();
  SECTION("a step") {
    auto other = history.state.steps.at(0);
    other.id = transaction_id;
    std::swap(history.state.steps.at(0), other);
    CHECK(verify(history) ==
          lines{step_named(history.state.steps.at(0)) + ": no mutation makes this row",
                step_named(other) + ": the row that the mutations make is not stored"});
  }
  SECTION("a step that is there twice") {
    history.state.steps.push_back(history.state.steps.at(0));
    CHECK(verify(history) ==
          lines{step_named(history.state.steps.at(0)) + ": no mutation makes this row"});
  }
  SECTION("a participant") {
    history.state.participants.at(0).user_id = "eve";
    CHECK(verify(history) ==
          lines{"workflow_participant manager eve: no mutation makes this row",
                "workflow_participant manager ann: the row that the mutations make is not stored"});
  }
  SECTION("a stage") {
    history.state.stages.pop_back();
    CHECK(verify(history) ==
          lines{"workflow_stage pay: the row that the mutations make is not stored"});
  }
  SECTION("a task") {
    const std::string name = "workflow_task " + to_text(history.tasks.at(0).id);
    history.tasks.clear();
    CHECK(verify(history) == lines{name + ": the row that the mutations make is not stored"});
  }
}

TEST_CASE("verify names the mutation that cannot be replayed, and what is wrong with it") {
  auto history = stored_history();
  const auto update = std::find_if(history.mutations.begin(), history.mutations.end(),
                                   [](const auto& row) { return row.name == "update-step"; });
  REQUIRE(update != history.mutations.end());
  const std::string row = "workflow_mutation " + std::to_string(update->seq) + ": ";
  SECTION("by its name") {
    update->name = "set-colour";
    CHECK(verify(history) == lines{row + "unknown mutation 'set-colour'"});
  }
  SECTION("by its step") {
    update->step_id = workflow_id;
    CHECK(verify(history) ==
          lines{row + "mutation 'update-step' does not fit the workflow's state"});
  }
  SECTION("by a value") {
    update->mutation["ts_transit"] = "secret";
    CHECK(verify(history) ==
          lines{row + "a value of workflow_step.ts_transit does not have the form of its column"});
  }
  SECTION("by a mutation that is lost") {
    history.mutations.erase(update);
    CHECK_FALSE(verify(history).empty());
  }
}

TEST_CASE("a workflow as JSON has its rows by the columns of their tables") {
  const auto history = stored_history();
  const auto all = engine::workflow_json(history.state);
  CHECK(all.at("workflow") == to_json<workflow_table>(history.state.workflow));
  REQUIRE(all.at("steps").as_array().size() == 2);
  CHECK(all.at("steps").at(0).at("stm_from") == "_CREATED");
  CHECK(all.at("stages").at(1).at("key") == "pay");
  CHECK(all.at("participants").at(0).at("user_id") == "ann");
  CHECK(all.at("memory").at("params") == json::object{{"amount", 120}});
  CHECK(all.at("tasks").as_array().empty());
  const auto past = engine::history_json(history);
  CHECK(past.at("mutations").as_array().size() == history.mutations.size());
  CHECK(past.at("tasks").at(0).at("status") == "CANCELLED");
  CHECK(past.at("events").as_array().empty());
  CHECK(past.at("messages").as_array().empty());
}
