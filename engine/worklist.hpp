// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nava/engine/people.hpp>
#include <nava/workflow/unit_of_work.hpp>
#include <nava/workflow/workflow_state.hpp>
#include <vector>

/// What worklists show of a workflow. It follows from the steps, so that no mutation tells of it.
namespace nava::engine {

/// The rows of all open steps. None where the workflow is finished.
[[nodiscard]] std::vector<schema::workflow_worklist> worklist_of(const workflow_state& state);

/// What a decision does to the worklist: the rows of the steps that it touches, before and after.
class worklist_changes {
 public:
  /// Before a change: of a step, or of what all rows of the workflow depend on. A step that is not
  /// there yet has no rows.
  void expect(const workflow_state& before, const uuid& step_id);
  void expect_all(const workflow_state& before);

  [[nodiscard]] entry_changes<schema::workflow_worklist> until(const workflow_state& after) const;

 private:
  std::map<uuid, std::vector<schema::workflow_worklist>> before_;
};

[[nodiscard]] json::object to_json(const candidates& who);

}  // namespace nava::engine
