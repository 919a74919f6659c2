// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/workflow_rows.hpp>
#include <vector>

namespace nava {

/// A workflow as a decision needs it: its rows but mutations, messages and events. `tasks` are the
/// unfinished tasks. A store orders steps by `index`, stages by `order`, participants by role and
/// user, tasks by id. A value: threads may read one object.
struct workflow_state {
  schema::workflow workflow;                               ///< status, progress and revision
  std::vector<schema::workflow_step> steps;                ///< all, finished ones too
  std::vector<schema::workflow_stage> stages;              ///< all of the definition
  std::vector<schema::workflow_participant> participants;  ///< all, in all roles
  schema::workflow_memory memory;                          ///< params, memory and output
  std::vector<schema::workflow_task> tasks;                ///< the unfinished ones
};

}  // namespace nava
