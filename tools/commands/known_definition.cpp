// SPDX-License-Identifier: Apache-2.0
#include "tools/commands/known_definition.hpp"

#include <chrono>
#include <set>

namespace nava::tools {

definition known_definition(const workflow_state& state) {
  definition_builder known{state.workflow.wfdef_key, revision{state.workflow.wfdef_rev}};
  for (const auto& stage : state.stages) known.stage(stage.key, stage.stage_name);
  std::set<std::string_view> keys;
  for (const auto& step : state.steps)
    if (keys.insert(step.step_key).second) known.step(step.step_key, {.stage = step.stage_key});
  return known.build();
}

timestamp now() {
  return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
}

}  // namespace nava::tools
