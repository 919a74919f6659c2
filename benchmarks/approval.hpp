// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/definition.hpp>
#include <nava/engine/event.hpp>

/// The workflow whose events are measured end to end.
namespace nava::benchmarks {

inline constexpr std::size_t approval_steps = 10;  // in four stages

/// Starting one adds its steps, three participants and a task.
[[nodiscard]] engine::definition approval();

/// What it is about.
[[nodiscard]] nava::resource approval_of(std::int64_t number);

/// The `ordinal`-th event for workflow `id` about `about`: three actions on one of its steps,
/// around which none is added and none finished, so that the next event costs the same.
[[nodiscard]] engine::event answer(const nava::resource& about, const uuid& id,
                                   std::int64_t ordinal);

}  // namespace nava::benchmarks
