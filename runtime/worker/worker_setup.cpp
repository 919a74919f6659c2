// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/worker_setup.hpp"

#include <fmt/format.h>

#include "runtime/options_check.hpp"

namespace nava {
namespace {

using namespace std::chrono_literals;

void check_options(const worker_options& options) {
  check_count("worker_options::threads", options.threads, 1'000);
  if (options.tasks_max == 0)
    throw engine::refused{"worker_options::tasks_max is 0; a worker holds at least one task"};
  check_duration("worker_options::lease", options.lease, 100ms, std::chrono::hours{24});
  check_duration("worker_options::poll", options.poll, 1ms, longest_duration);
  check_duration("worker_options::priority_step", options.priority_step, 0ms, longest_duration);
  check_name("the worker", options.name);
  for (const std::string& queue : options.queues) check_name("queue", queue);
}

void check_policy(const task_definition& task) {
  const auto& policy = task.policy;
  const auto named = [&](std::string_view what) {
    return fmt::format("task '{}': {}", task.name, what);
  };
  check_duration(named("backoff_max"), policy.backoff_max, 0ms, longest_duration);
  check_duration(named("backoff"), policy.backoff, 0ms, policy.backoff_max);
  check_duration(named("time_limit"), policy.time_limit, 0ms, longest_duration);
}

}  // namespace

task_definitions by_name(std::vector<task_definition> tasks, std::vector<task_definition> own) {
  task_definitions found;
  for (task_definition& each : tasks) {
    check_name("task", each.name);
    if (each.name.starts_with(engine::runtime_prefix))
      throw engine::refused{
          fmt::format("task '{}': names that begin with '{}' are the runtime's own", each.name,
                      engine::runtime_prefix)};
    if (!each.run) throw engine::refused{fmt::format("task '{}' has no handler", each.name)};
    check_policy(each);
    std::string name = each.name;
    if (!found.try_emplace(name, std::move(each)).second)
      throw engine::refused{fmt::format("task '{}' has two handlers; give it one", name)};
  }
  for (task_definition& each : own) {
    const std::string name = each.name;
    found.try_emplace(name, std::move(each));
  }
  return found;
}

worker_options completed(worker_options options, const task_definitions& tasks,
                         const std::vector<std::string>& own_queues) {
  if (options.name.empty()) options.name = name_of_process();
  if (options.queues.empty())
    for (const auto& [name, definition] : tasks)
      if (!name.starts_with(engine::runtime_prefix)) options.queues.push_back(name);
  check_options(options);
  options.queues.insert(options.queues.end(), own_queues.begin(), own_queues.end());
  return options;
}

}  // namespace nava
