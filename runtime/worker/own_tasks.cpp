// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/runtime/worker.hpp>

#include "engine/child.hpp"
#include "runtime/call.hpp"
#include "runtime/schedules/stored_schedule.hpp"
#include "runtime/worker/task_result.hpp"

/// The tasks of the runtime's own, which every worker runs: times that were set, and children.
namespace nava {

using namespace engine;

namespace {

using namespace std::chrono_literals;

// Should the task that tells of a child's end be lost with its workflow, the parent looks itself.
constexpr std::chrono::milliseconds looks_at_child_every = 1h;

std::optional<uuid> known_child(const task_context& task) {
  if (!task.progress()) return std::nullopt;
  const json::value* id = task.progress()->if_contains("child");
  if (id == nullptr || !id->is_string()) return std::nullopt;
  return schema::parse_uuid(id->get_string());
}

}  // namespace

std::vector<task_definition> runtime::own_tasks(std::chrono::milliseconds lease) {
  const auto named = [](std::string_view name, task_handler run) {
    return task_definition{std::string{name}, std::move(run)};
  };
  // All that a timer does, the decision at its end does.
  return {named(timer_task, [](task_context&) { return json::object{}; }),
          named(child_task,
                [this, lease](task_context& task) { return look_after_child(task, lease); }),
          named(child_end_task, [this](task_context& task) { return tell_parent(task); }),
          named(child_cancel_task, [this](task_context& task) { return cancel_child(task); }),
          named(tick_task, [this, lease](task_context& task) { return run_tick(task, lease); })};
}

// A child, and a tick that starts a workflow, wait for a worker whose runtime has the definition.
std::vector<std::string> runtime::own_queues() const {
  std::vector<std::string> queues;
  for (const std::string_view name : {timer_task, child_end_task, child_cancel_task})
    queues.emplace_back(name);
  queues.push_back(tick_queue({}));
  for (const auto& [key, revisions] : definitions_) {
    if (key.starts_with(runtime_prefix)) continue;
    queues.push_back(child_queue(key));
    queues.push_back(tick_queue(key));
  }
  return queues;
}

json::object runtime::look_after_child(task_context& task, std::chrono::milliseconds lease) {
  const child_request asked = child_request_of(task.input());
  auto id = known_child(task);
  if (!id) {
    id = start_child(task, asked);
    // From now on it is looked for, and not started again. And a parent that was cancelled before
    // the child was there has nothing that cancels it.
    const persistence::renewal held{task.workflow_id(), task.id(),
                                    static_cast<const held_task&>(task).lease().fence,
                                    json::object{{"child", schema::to_text(*id)}}};
    if (const auto loss = store_->renew({&held, 1}, lease).front()) {
      if (*loss == persistence::lease_loss::cancelled && asked.when_cancelled == child_fate::cancel)
        (void)cancel(*id, "its parent was cancelled");
      throw snooze{0ms};
    }
  }
  const auto child = store_->load(*id);
  if (!child) throw give_up{"the child was deleted"};
  const auto& state = child->state;
  if (!is_finished(state.workflow.status)) throw snooze{looks_at_child_every};
  return child_result(state.workflow, state.memory.output);
}

uuid runtime::start_child(const task_context& task, const child_request& asked) {
  const parent_link parent{task.workflow_id(), task.id()};
  start_request request{.workflow_id = new_id(),
                        .resource = asked.about,
                        .params = asked.params,
                        .title = asked.title,
                        .parent = parent};
  try {
    const outcome started = start_as(asked.wfdef_key, std::move(request), {});
    if (started.result == delivery::already_applied) {
      const auto there = store_->load(started.workflow_id);
      if (!there || parent_of(there->state.workflow) != parent)
        throw give_up{fmt::format("{}/{} has a workflow of '{}' that is not this child",
                                  asked.about.name, asked.about.id, asked.wfdef_key)};
    }
    return started.workflow_id;
  } catch (const refused& refusal) {
    throw give_up{refusal.what()};
  }
}

json::object runtime::tell_parent(const task_context& task) {
  struct told_before {};
  const auto child = store_->load(task.workflow_id());
  if (!child) return {};
  const auto parent = parent_of(child->state.workflow);
  if (!parent) return {};
  task_end ended;
  ended.id = parent->task_id;
  ended.name = child_task;
  ended.result = child_result(child->state.workflow, child->state.memory.output);
  const auto decide = [&](const definition& chosen, const workflow_state& state, timestamp at,
                          const uuid& transaction_id) {
    const bool waits = std::any_of(state.tasks.begin(), state.tasks.end(), [&](const auto& each) {
      return each.id == ended.id && !is_finished(each.status);
    });
    if (!waits) throw told_before{};
    return decide_task_end(chosen, state, ended, {}, at, transaction_id);
  };
  try {
    (void)decide_on(parent->workflow_id, {}, decide, {});
  } catch (const told_before&) {
  } catch (const workflow_gone&) {
  } catch (const workflow_paused&) {
    throw snooze{put_off};
  } catch (const unknown_revision&) {
    throw snooze{put_off};
  }
  return {};
}

json::object runtime::cancel_child(const task_context& task) {
  json::object input = task.input();
  const child_request asked = child_request_of(input);
  const auto task_id = schema::parse_uuid(input.at("task").as_string());
  for (const auto& there : store_->load(asked.about)) {
    const auto& row = there.state.workflow;
    if (row.wfdef_key != asked.wfdef_key || is_finished(row.status)) continue;
    const auto parent = parent_of(row);
    if (!parent || parent->workflow_id != task.workflow_id() || parent->task_id != task_id)
      continue;
    try {
      (void)cancel(row.id, "its parent was cancelled");
    } catch (const action_refused&) {
      // It has ended by itself, or has a child of its own that refuses.
      const auto now_there = store_->load(row.id);
      if (now_there && !is_finished(now_there->state.workflow.status)) throw;
    } catch (const unknown_revision&) {
      throw snooze{put_off};
    }
  }
  return {};
}

}  // namespace nava
