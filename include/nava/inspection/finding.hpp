// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <string>
#include <string_view>

/// What inspection reports. Plain values and a pure function; safe to use from any thread.
namespace nava::inspection {

/// How bad a fault is. `note`: good to know, and often intended. `warning`: costs time or
/// correctness. `error`: a statement fails, or a constraint does not hold what it promises.
enum class severity { note, warning, error };

/// Returns `note`, `warning` or `error`.
[[nodiscard]] NAVA_EXPORT std::string_view to_text(severity level);

/// One fault of a schema, in one line. `rule` and `object` together identify the fault for as long
/// as it is there, so that a baseline can list it as known.
struct finding {
  std::string rule;                    ///< `foreign-key-without-index`
  std::string object;                  ///< `nava.workflow_step.fk_workflow_step_workflow_id`
  std::string message;                 ///< for people; does not identify the fault
  std::string statement{};             ///< the SQL that mends it, on one line; empty where none can
  severity how_bad = severity::error;  ///< of this fault; lint_rule has the usual one of its rule

  /// Compares all members.
  friend bool operator==(const finding&, const finding&) = default;
};

}  // namespace nava::inspection
