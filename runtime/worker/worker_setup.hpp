// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <nava/runtime/worker.hpp>
#include <string>
#include <vector>

/// What a worker is given, checked. Each function throws refused, with one line that says what to
/// change.
namespace nava {

using task_definitions = std::map<std::string, task_definition, std::less<>>;

/// Returns the definitions by their names, and that of timers.
[[nodiscard]] task_definitions by_name(std::vector<task_definition> tasks);

/// Returns the options with the name of the process and the queues of the tasks where none are
/// given.
[[nodiscard]] worker_options completed(worker_options options, const task_definitions& tasks);

}  // namespace nava
