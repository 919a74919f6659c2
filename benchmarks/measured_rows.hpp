// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/store.hpp>
#include <vector>

namespace nava::benchmarks {

/// Rows per child table of the workflow that is measured: 103 in all.
struct row_counts {
  std::int64_t stages = 4, steps = 10, participants = 3, memory = 1, mutations = 40, messages = 20,
               events = 20, tasks = 5;

  [[nodiscard]] std::int64_t children() const {
    return stages + steps + participants + memory + mutations + messages + events + tasks;
  }
};
inline constexpr double rows_of_workflow = 104;  ///< its own and its child rows

/// A unit that creates a workflow with that many rows. `number` makes its resource unique.
[[nodiscard]] nava::unit_of_work workflow_with(const row_counts& counts, std::int64_t number);

/// Decisions on workflows of its own, which it creates, in turn, so that none grows long. A
/// decision is one update of workflow, 2 new steps, 6 mutations, 3 messages, 3 events.
class decisions {
 public:
  /// `first` makes their resources differ from those of others.
  decisions(persistence::store& store, std::int64_t first, std::int64_t workflows);

  /// Valid until it is this workflow's turn again.
  const nava::unit_of_work& next();

 private:
  std::vector<nava::unit_of_work> last_;
  std::size_t next_ = 0;
};
inline constexpr double rows_of_decision = 15;

/// Each throws std::runtime_error unless the store applied the unit.
void create(persistence::store& store, const nava::unit_of_work& unit);
void commit(persistence::store& store, const nava::unit_of_work& unit);

}  // namespace nava::benchmarks
