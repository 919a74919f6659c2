// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/workflow/unit_of_work.hpp>

namespace nava::benchmarks {

/// Rows per child table of the workflow that is measured: 103 in all, unless scaled.
struct row_counts {
  std::int64_t stages = 4, steps = 10, participants = 3, memory = 1, mutations = 40, messages = 20,
               events = 20, tasks = 5;

  [[nodiscard]] std::int64_t children() const {
    return stages + steps + participants + memory + mutations + messages + events + tasks;
  }
  /// About `rows` child rows, shared out among the tables as the 103 are, at least one each.
  [[nodiscard]] static row_counts scaled_to(std::int64_t rows);
};

/// A unit that creates a workflow with that many rows. `number` makes its resource unique.
[[nodiscard]] nava::unit_of_work workflow_with(const row_counts& counts,
                                                      std::int64_t number);

/// The decision by which commits are measured, on the workflow that `before` left: one
/// update of workflow, 2 new steps, 6 mutations, 3 messages, 3 events.
[[nodiscard]] nava::unit_of_work decision_after(const nava::unit_of_work& before);
inline constexpr std::int64_t rows_of_decision = 15;

}  // namespace nava::benchmarks
