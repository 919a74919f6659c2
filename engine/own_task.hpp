// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/context.hpp>
#include <string>
#include <string_view>

/// What the tasks of the runtime's own have in common.
namespace nava::engine {

/// The queue of the tasks for which a worker needs this definition; empty: any worker will do.
[[nodiscard]] inline std::string own_queue(std::string_view wfdef_key) {
  return wfdef_key.empty() ? "nava.work" : "nava.work:" + std::string{wfdef_key};
}

/// A worker that dies uses up an attempt, and such a task must not be lost by that.
inline constexpr std::int64_t attempts_of_own_tasks = 1'000'000'000;

[[nodiscard]] inline task_options own_task(std::string_view wfdef_key) {
  task_options options;
  options.attempts_max = attempts_of_own_tasks;
  options.queue = own_queue(wfdef_key);
  return options;
}

}  // namespace nava::engine
