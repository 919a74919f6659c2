// SPDX-License-Identifier: Apache-2.0
#include <nava/nava.hpp>

#include "persistence/commit/unit_parts.hpp"
#include "support/catch.hpp"

using namespace nava;
using namespace nava::schema;
using engine::command;
using engine::decide;
using persistence::ready_unit;
using persistence::row_form;
using persistence::verb;

namespace {

const timestamp noon = *parse_timestamp("2026-03-01T12:00:00Z");

std::string long_key(std::size_t number) {
  std::string key = std::to_string(number);
  return key + std::string(nava::key_bytes_max - key.size(), 'k');
}

// As many open steps, open tasks and stages as there can be, with more in each row than all rows
// together may be written with.
nava::workflow_state largest() {
  nava::workflow_state state;
  state.workflow.id = nava::new_id();
  state.workflow.wfdef_key = "claim";
  state.workflow.status = workflow_status::degraded;
  state.workflow.revision = 1;
  state.workflow.title = std::string(4u << 20, 't');
  state.memory.workflow_id = state.workflow.id;
  for (std::size_t i = 0; i < engine::stages_per_definition_max; ++i) {
    auto& stage = state.stages.emplace_back();
    stage.workflow_id = state.workflow.id;
    stage.key = long_key(i);
  }
  for (std::size_t i = 0; i < engine::steps_per_workflow_max; ++i) {
    auto& step = state.steps.emplace_back();
    step.workflow_id = state.workflow.id;
    step.id = step.selector = nava::new_id();
    step.step_key = "ask";
    step.stage_key = state.stages[i % state.stages.size()].key;
    step.stm_label = std::string(2'000, 'l');
    step.memory = {{"scan", json::string(std::string(2'000, 'm'))}};
  }
  for (std::size_t i = 0; i < engine::open_tasks_per_workflow_max; ++i) {
    auto& task = state.tasks.emplace_back();
    task.workflow_id = state.workflow.id;
    task.id = nava::new_id();
    task.desc = std::string(2'000, 'd');
  }
  return state;
}

}  // namespace

TEST_CASE("the largest workflow that can be built can be ended by one unit, on either database") {
  definition_builder builder{"claim", revision{1}};
  builder.stage("review", "Review").step("ask", {.stage = "review"});
  const definition how = builder.build();
  const auto state = largest();
  for (const command end : {command::cancel, command::abort}) {
    const auto made = decide(how, state, end, {.reason = "too large"}, noon, nava::new_id());
    CHECK(made.work.steps.updated.size() == engine::steps_per_workflow_max);
    CHECK(made.work.tasks.updated.size() == engine::open_tasks_per_workflow_max);
    CHECK(made.work.stages.updated.size() == engine::stages_per_definition_max);
    for (const row_form form : {row_form::json, row_form::values}) {
      const ready_unit unit{made.work, verb::update, form};
      CHECK(unit.bytes > 4u << 20);
      CHECK(unit.bytes < nava::unit_bytes_max);
    }
  }
}
