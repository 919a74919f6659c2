// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

/// What inspection reports. Plain values and a pure function; safe to use from any thread.
namespace nava::inspection {

enum class severity { note, warning, error };

/// Returns `note`, `warning` or `error`.
[[nodiscard]] std::string_view to_text(severity level);

/// One fault of a schema, in one line. `rule` and `object` together identify the fault for as long
/// as it is there, so that a baseline can list it as known.
struct finding {
  std::string rule;    ///< `foreign-key-without-index`
  std::string object;  ///< `nava.workflow_step.fk_workflow_step_workflow_id`
  std::string message;
  std::string statement{};  ///< the SQL that mends it, on one line; empty where none can
  severity how_bad = severity::error;

  friend bool operator==(const finding&, const finding&) = default;
};

}  // namespace nava::inspection
