// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/engine/verification.hpp>
#include <nava/workflow/unit_of_work.hpp>
#include <string>

/// Units of work as an engine would make them, the same ones in every run.
namespace nava::test {

using engine::history_json;
using engine::workflow_json;

/// What an id belongs to; part of the id, so that ids of two kinds differ.
enum class id_kind : std::uint8_t { workflow = 1, step, selector, task, transaction };

/// Rises with `number`.
[[nodiscard]] uuid id_of(id_kind kind, std::uint64_t number);

/// `seconds` after an arbitrary instant, with microseconds.
[[nodiscard]] timestamp instant(int seconds);

/// Creates workflow `number`: two stages, two steps, two participants, memory, two tasks, three
/// mutations, a message and an event with the key `event-1`.
[[nodiscard]] nava::unit_of_work first_unit(std::uint64_t number);

/// The next decision on the workflow that `before` left. Inserts into and updates every table of
/// children that can be, replaces a participant, finishes a task, and leaves an event with the
/// key `event-{revision}`.
[[nodiscard]] nava::unit_of_work next_unit(const nava::unit_of_work& before);

/// A workflow as it is after the units given to apply(): what a store ought to load.
class expected_workflow {
 public:
  expected_workflow& apply(const nava::unit_of_work& unit);

  [[nodiscard]] nava::workflow_state state() const;
  [[nodiscard]] const nava::workflow_history& history() const { return history_; }

 private:
  nava::workflow_state state_;
  nava::workflow_history history_;
};

}  // namespace nava::test
