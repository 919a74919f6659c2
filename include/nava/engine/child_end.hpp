// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/event.hpp>
#include <nava/schema/workflow_rows.hpp>

namespace nava::engine {

/// How a child, a workflow that another has started, ended. A value: threads may read one object.
struct child_end {
  uuid task_id{};                     ///< what start_child() returned
  std::optional<uuid> workflow_id{};  ///< none: it was not started, or was deleted
  std::string wfdef_key;              ///< the definition of the child
  nava::resource about;               ///< the resource of the child
  /// COMPLETED, CANCELLED or FAILED. FAILED too where it could not be started, or was deleted.
  schema::workflow_status status = schema::workflow_status::completed;
  payload output{};                    ///< the output of the child
  std::optional<std::string> error{};  ///< why it is not COMPLETED

  /// Returns whether the child is COMPLETED.
  [[nodiscard]] bool succeeded() const { return status == schema::workflow_status::completed; }
};

}  // namespace nava::engine
