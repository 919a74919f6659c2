// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nava/schema/workflow_rows.hpp>

/// What follows from the statuses of steps. Values; safe to use from any thread.
namespace nava::engine {

struct step_counts {
  std::size_t steps = 0, finished = 0, in_error = 0;

  void add(schema::step_status status) {
    ++steps;
    if (status == schema::step_status::error) ++in_error;
    if (is_finished(status)) ++finished;
  }
  [[nodiscard]] bool all_finished() const { return steps > 0 && finished == steps; }
  [[nodiscard]] double progress() const {
    return steps == 0 ? 0.0 : static_cast<double>(finished) / static_cast<double>(steps);
  }
  /// The status of a stage whose steps these are.
  [[nodiscard]] schema::stage_status stage_status() const {
    if (in_error > 0) return schema::stage_status::error;
    return all_finished() ? schema::stage_status::completed : schema::stage_status::active;
  }
};

}  // namespace nava::engine
