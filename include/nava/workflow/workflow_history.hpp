// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/workflow/workflow_state.hpp>
#include <vector>

namespace nava {

/// The past of a workflow, or a part of it, in the order of `seq`; and its state, from one
/// snapshot. `tasks` are all tasks by id, finished ones too. A value: threads may read one object.
struct workflow_history {
  std::vector<schema::workflow_mutation> mutations;
  std::vector<schema::workflow_message> messages;
  std::vector<schema::workflow_event> events;
  std::vector<schema::workflow_task> tasks;
  workflow_state state;
};

}  // namespace nava
