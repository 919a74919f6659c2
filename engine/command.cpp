// SPDX-License-Identifier: Apache-2.0
#include "engine/command.hpp"

#include <fmt/format.h>

#include <array>
#include <nava/workflow/error.hpp>

#include "engine/answer_link.hpp"
#include "engine/failed_look.hpp"
#include "engine/runner.hpp"
#include "engine/selected_event.hpp"
#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

using schema::workflow_status;

constexpr std::array<std::string_view, 4> command_names{"pause", "resume", "cancel", "abort"};

void command_to(runner& runner, command verb) {
  workflow_context workflow{runner};
  switch (verb) {
    case command::pause:
      return (void)workflow.pause();
    case command::resume:
      return (void)workflow.resume();
    case command::cancel:
      return (void)workflow.cancel();
    case command::abort:
      return (void)workflow.abort();
  }
}

void open_again(runner& runner, const schema::workflow_task& task) {
  using schema::task_status;
  using schema::workflow_task;
  runner.guard("retry_task", {workflow_status::created, workflow_status::active,
                              workflow_status::degraded, workflow_status::completed});
  if (task.status != task_status::failed && task.status != task_status::cancelled)
    throw action_refused{fmt::format("retry_task is refused while task '{}' is {}; allowed: {}, {}",
                                     task.name, to_text(task.status), to_text(task_status::failed),
                                     to_text(task_status::cancelled))};
  runner.expect_room_for_task();
  if (task.unique_key && runner.open_task_with(task.name, *task.unique_key))
    throw action_refused{fmt::format(
        "retry_task is refused while another task '{}' with its unique key is open", task.name)};
  auto change = patch<schema::workflow_task_table>{}
                    .set<&workflow_task::id>(task.id)
                    .set<&workflow_task::status>(task_status::scheduled)
                    .set<&workflow_task::attempt>(std::int64_t{0})
                    .set<&workflow_task::ts_start>(std::nullopt)
                    .set<&workflow_task::ts_end>(std::nullopt);
  if (task.ts_expire && *task.ts_expire <= runner.now())
    change.set<&workflow_task::ts_expire>(std::nullopt);
  runner.update("retry_task", std::move(change));
}

}  // namespace

event cause_of(std::string_view verb, const command_cause& why, json::object about) {
  check_size(why.reason.size() + (why.actor ? why.actor->size() : 0), "a reason");
  event cause{.name = fmt::format("{}{}", runtime_prefix, verb),
              .key = why.key,
              .data = std::move(about),
              .actor = why.actor};
  if (!why.reason.empty()) cause.data["reason"] = why.reason;
  check_event(cause);
  return cause;
}

decision decide(const definition& definition, const workflow_state& state, const command_act& act,
                const command_cause& why, timestamp now, const uuid& transaction_id) {
  runner runner{definition.data(), state, now, transaction_id};
  const event cause = cause_of(act.verb, why, act.about);
  runner.record_cause(cause, act.step_id);
  const auto where = [&] { return fmt::format("event '{}'", cause.name); };
  return explaining(where, "its data", cause.data, [&] {
    act.run(runner);
    return runner.finish();
  });
}

decision decide(const definition& definition, const workflow_state& state, task_command verb,
                const schema::workflow_task& task, const command_cause& why, timestamp now,
                const uuid& transaction_id) {
  // A link that went to the wrong person is cancelled.
  const bool is_link = task.name == answer_link_task && verb == task_command::cancel;
  if (task.name.starts_with(runtime_prefix) && !is_link)
    throw action_refused{fmt::format("task '{}' is the runtime's own", task.name)};
  workflow_state with_task = state;
  if (find_row(with_task.tasks, task.id) == nullptr) with_task.tasks.push_back(task);
  const bool cancels = verb == task_command::cancel;
  const command_act act{.verb = cancels ? "cancel-task" : "retry-task",
                        .step_id = task.step_id,
                        .about = {{"task", schema::to_text(task.id)}, {"name", task.name}},
                        .run = [&](runner& runner) {
                          cancels ? (void)workflow_context{runner}.cancel_task(task.id)
                                  : open_again(runner, task);
                        }};
  return decide(definition, with_task, act, why, now, transaction_id);
}

decision decide(const definition& definition, const workflow_state& state, command verb,
                const command_cause& why, timestamp now, const uuid& transaction_id) {
  const command_act act{.verb = command_names[static_cast<std::size_t>(verb)],
                        .run = [&](runner& runner) { command_to(runner, verb); }};
  return decide(definition, state, act, why, now, transaction_id);
}

decision decide(const definition& definition, const workflow_state& state, step_command verb,
                const uuid& step_id, const command_cause& why, timestamp now,
                const uuid& transaction_id) {
  const bool recovers = verb == step_command::recover;
  const command_act act{
      .verb = recovers ? "recover" : "ignore", .step_id = step_id, .run = [&](runner& runner) {
        step_context step{runner, step_id};
        recovers ? step.recover() : step.ignore();
      }};
  return decide(definition, state, act, why, now, transaction_id);
}

}  // namespace nava::engine
