// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/workflow/workflow_state.hpp>
#include <vector>

namespace nava {

/// The past of a workflow, or a part of it, in the order of `seq`; and its state, from one
/// snapshot. `tasks` are all tasks by id, finished ones too. A value: threads may read one object.
struct workflow_history {
  std::vector<schema::workflow_mutation> mutations;  ///< what changed
  std::vector<schema::workflow_message> messages;    ///< what hooks, handlers and people have left
  std::vector<schema::workflow_event> events;        ///< the cause of each decision
  std::vector<schema::workflow_task> tasks;          ///< all, also where the rest is a part
  workflow_state state;                              ///< of the snapshot
  std::vector<schema::workflow_agenda> agenda;       ///< all, by id
  std::vector<schema::workflow_worklist> worklist;   ///< all, by step, place and principal
};

}  // namespace nava
