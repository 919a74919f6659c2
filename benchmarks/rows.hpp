// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/unit_of_work.hpp>

namespace nava::benchmarks {

/// Rows per child table of the workflow that is measured: 103 in all.
struct row_counts {
  std::int64_t stages = 4, steps = 10, participants = 3, mutations = 40, messages = 20, events = 20,
               tasks = 5;
  [[nodiscard]] std::int64_t children() const {
    return stages + steps + participants + 1 + mutations + messages + events + tasks;
  }
};

/// A unit that creates a workflow with that many rows. `number` makes its resource unique.
[[nodiscard]] persistence::unit_of_work workflow_with(const row_counts& counts,
                                                      std::int64_t number);

}  // namespace nava::benchmarks
