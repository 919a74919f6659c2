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

/// `tasks` are the application's, `own` the runtime's.
[[nodiscard]] task_definitions by_name(std::vector<task_definition> tasks,
                                       std::vector<task_definition> own);

/// Returns the options with the name of the process and the queues of the tasks where none are
/// given, and with the runtime's own queues.
[[nodiscard]] worker_options completed(worker_options options, const task_definitions& tasks,
                                       const std::vector<std::string>& own_queues);

}  // namespace nava
