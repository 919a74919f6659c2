// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace nava::inspection {

enum class severity { note, warning, error };

[[nodiscard]] std::string_view to_text(severity how_bad);

/// One thing that is wrong with a schema, in one line. `rule` and `object` together stay the same
/// as long as the fault does, so that they can be listed as known.
struct finding {
  std::string rule;    ///< `foreign-key-without-index`
  std::string object;  ///< `nava.workflow_step.fk_workflow_step_workflow_id`
  std::string message;
  std::string statement{};  ///< SQL that mends it, on one line; empty where none can
  severity how_bad = severity::error;

  friend bool operator==(const finding&, const finding&) = default;
};

}  // namespace nava::inspection
