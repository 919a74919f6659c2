// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/runtime/worker.hpp>

#include "engine/answer_link.hpp"
#include "engine/child.hpp"
#include "engine/own_task.hpp"
#include "runtime/call.hpp"
#include "runtime/schedules/stored_schedule.hpp"
#include "runtime/worker/task_result.hpp"

/// The tasks of the runtime's own, which every worker runs: times that were set, and children.
namespace nava {

using namespace engine;

namespace {

using namespace std::chrono_literals;

// Looks at a child are doubled up to it.
constexpr std::chrono::milliseconds longest_look = 24h;
// A start that began before its parent was cancelled is seen by then.
constexpr std::chrono::milliseconds starts_take = 3min;
// Where only a worker of another release can decide the other workflow, it soon gets the task: each
// tenth of the task's age.
std::chrono::milliseconds to_another_release(const uuid& task, timestamp now) {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(now - time_of(task));
  return std::clamp(age / 10, 2 * first_pass, put_off);
}

std::int64_t looks_so_far(const task_context& task) {
  if (!task.progress()) return 0;
  const json::value* looks = task.progress()->if_contains("looks");
  return looks != nullptr && looks->is_int64() ? looks->get_int64() : 0;
}

// What a start fails with for good. Hooks of the child throw whatever they like.
bool is_final(const std::exception& failure) {
  const auto* ours = dynamic_cast<const exception*>(&failure);
  return ours != nullptr && !ours->may_retry();
}

}  // namespace

std::vector<task_definition> runtime::own_tasks(std::chrono::milliseconds lease) {
  const auto named = [](std::string_view name, task_handler run) {
    return task_definition{std::string{name}, std::move(run)};
  };
  // All that a timer does, the decision at its end does. A link that ends has expired.
  return {named(timer_task, [](task_context&) { return json::object{}; }),
          named(answer_link_task, [](task_context&) { return json::object{}; }),
          named(child_task, [this](task_context& task) { return look_at_child(task); }),
          named(child_start_task, [this](task_context& task) { return start_child(task); }),
          named(child_end_task, [this](task_context& task) { return tell_parent(task); }),
          named(child_cancel_task, [this](task_context& task) { return cancel_children(task); }),
          named(tick_task, [this, lease](task_context& task) { return run_tick(task, lease); })};
}

std::vector<std::string> runtime::own_queues() const {
  std::vector<std::string> queues{own_queue({})};
  for (const auto& [key, revisions] : definitions_) queues.push_back(own_queue(key));
  return queues;
}

// It ends where the child has failed to start, or has ended without telling: it was deleted, or the
// task that tells was lost with it.
json::object runtime::look_at_child(task_context& task) {
  const child_request asked = child_request_of(task.input());
  const auto child = child_of({task.workflow_id(), task.id(), {}}, asked);
  if (child && is_finished(child->workflow.status))
    return child_result(child->workflow, child->memory.output);
  if (!child) {
    const auto parent = store_->history(task.workflow_id(), {.limit = 1});
    const std::string id = schema::to_text(task.id());
    for (const auto& each : parent ? parent->tasks : std::vector<schema::workflow_task>{}) {
      if (each.name != child_start_task ||
          std::string_view{each.input.at("task").as_string()} != id)
        continue;
      if (each.status == schema::task_status::failed)
        throw give_up{each.error.value_or("it could not be started")};
      if (each.status == schema::task_status::completed) throw give_up{"the child was deleted"};
    }
  }
  const auto looks = looks_so_far(task);
  task.report({{"looks", looks + 1}});
  throw snooze{std::min(
      first_look_at_child * (std::int64_t{1} << std::min<std::int64_t>(looks, 20)), longest_look)};
}

std::optional<workflow_state> runtime::child_of(const engine::parent_link& parent,
                                                const child_request& asked) {
  for (auto& there : store_->load(asked.about)) {
    const auto link = parent_of(there.state.workflow);
    if (there.state.workflow.wfdef_key == asked.wfdef_key && link &&
        link->workflow_id == parent.workflow_id && link->task_id == parent.task_id)
      return std::move(there.state);
  }
  return std::nullopt;
}

json::object runtime::start_child(const task_context& task) {
  const child_request asked = child_request_of(task.input());
  const parent_link parent{task.workflow_id(),
                           schema::parse_uuid(task.input().at("task").as_string()).value(),
                           static_cast<const held_task&>(task).lease().wfdef_key};
  start_request request{.workflow_id = new_id(),
                        .resource = asked.about,
                        .params = asked.params,
                        .title = asked.title,
                        .company_id = asked.company_id,
                        .parent = parent};
  try {
    const outcome started = start_as(asked.wfdef_key, std::move(request), {});
    if (started.result == delivery::already_applied && !child_of(parent, asked))
      throw give_up{fmt::format("{}/{} has a workflow of '{}' that is not this child",
                                asked.about.name, asked.about.id, asked.wfdef_key)};
    return {{"workflow_id", schema::to_text(started.workflow_id)}};
  } catch (const give_up&) {
    throw;
  } catch (const std::exception& failure) {
    if (!is_final(failure)) throw;
    throw give_up{failure.what()};
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
    throw snooze{to_another_release(task.id(), now())};
  }
  return {};
}

json::object runtime::cancel_children(const task_context& task) {
  const auto parent = store_->history(task.workflow_id(), {.limit = 1});
  if (!parent) return {};
  bool are_all_there = true;
  for (const json::value& id : task.input().at("tasks").as_array()) {
    const auto child_task_id = schema::parse_uuid(id.as_string());
    const auto of = std::find_if(parent->tasks.begin(), parent->tasks.end(),
                                 [&](const auto& each) { return each.id == child_task_id; });
    if (of == parent->tasks.end()) continue;
    const auto child = child_of({task.workflow_id(), of->id, {}}, child_request_of(of->input));
    if (child)
      cancel_child(child->workflow, task.id());
    else
      are_all_there = false;
  }
  const auto at = schema::parse_timestamp(task.input().at("at").as_string());
  if (!are_all_there && at && now() - *at < starts_take) throw snooze{put_off};
  return {};
}

void runtime::cancel_child(const schema::workflow& child, const uuid& task) {
  if (is_finished(child.status)) return;
  try {
    (void)cancel(child.id, {.reason = "its parent was cancelled"});
  } catch (const action_refused&) {
    // It has ended by itself, or has a child of its own that refuses.
    const auto there = store_->load(child.id);
    if (there && !is_finished(there->state.workflow.status)) throw;
  } catch (const workflow_gone&) {
  } catch (const unknown_revision&) {
    throw snooze{to_another_release(task, now())};
  }
}

}  // namespace nava
