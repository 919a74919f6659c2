// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/decision.hpp>
#include <nava/nava.hpp>

/// The workflow that decisions are measured on: four stages, and steps that repeat.
namespace nava::micro {

inline constexpr int stages = 4;

/// Steps `step-1` … `step-4`, one per stage, each with an event `tick` for it (memorize, transit,
/// message) and the workflow with an event `task` (memorize, message, add_task). The start adds
/// `steps` of them.
[[nodiscard]] definition measured_definition(int steps);

[[nodiscard]] engine::decision started(const definition& how);

/// The event `tick` for a step in the middle; each `number` takes it to another state.
[[nodiscard]] event tick(const engine::decision& on, std::int64_t number);

[[nodiscard]] timestamp noon();
[[nodiscard]] uuid some_id(std::uint8_t last);

}  // namespace nava::micro
