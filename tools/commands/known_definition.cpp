// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/known_definition.hpp"

#include <chrono>
#include <set>
#include <string>

namespace nava::tools {

definition known_definition(const workflow_state& state) {
  definition_builder known{state.workflow.wfdef_key, revision{state.workflow.wfdef_rev}};
  for (const auto& stage : state.stages) known.stage(stage.key, stage.stage_name);
  std::set<std::string_view> keys;
  for (const auto& step : state.steps)
    if (keys.insert(step.step_key).second) known.step(step.step_key, {.stage = step.stage_key});
  if (keys.empty()) {
    // A definition has a step; a workflow may have none yet.
    const std::string stage = state.stages.empty() ? "none" : state.stages.front().key;
    if (state.stages.empty()) known.stage(stage, stage);
    known.step("none", {.stage = stage});
  }
  return known.build();
}

timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace nava::tools
