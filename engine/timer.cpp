// SPDX-License-Identifier: Apache-2.0
#include "engine/timer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/workflow/error.hpp>
#include <nava/workflow/to_object.hpp>

#include "engine/answer_link.hpp"
#include "engine/own_task.hpp"

namespace nava::engine {
namespace {

using namespace schema;

constexpr std::array<std::string_view, 3> kind_names{"wake", "due", "expired"};

const workflow_task* find_timer(const workflow_state& state, const timer& which) {
  const auto found =
      std::find_if(state.tasks.begin(), state.tasks.end(), [&](const workflow_task& task) {
        return task.name == timer_task && task.step_id == which.step_id &&
               !is_finished(task.status) && timer_of(task) == which;
      });
  return found == state.tasks.end() ? nullptr : &*found;
}

// The time after `at` and `now` at which a step's timer fires again; none where it fires once.
std::optional<timestamp> next_repetition(const runner& runner, const timer& fired, timestamp at) {
  if (fired.kind != timer_kind::due || !fired.step_id) return std::nullopt;
  const workflow_step* step = find_row(runner.state().steps, *fired.step_id);
  if (step == nullptr || is_finished(step->status)) return std::nullopt;
  const std::chrono::microseconds every = runner.definition_of(*step).options.remind_every;
  if (every.count() == 0) return std::nullopt;
  const auto missed = std::max(runner.now() - at, std::chrono::microseconds{0}) / every;
  return at + (missed + 1) * every;
}

template <class Hooks>
const auto& hooks_for_key(const Hooks& hooks, const std::string& key) {
  static const typename Hooks::mapped_type none;
  const auto found = hooks.find(key);
  return found == hooks.end() ? none : found->second;
}

const workflow_step& unfinished_step(runner& runner, std::string_view action, const uuid& id) {
  runner.guard(action, unfinished);
  const workflow_step& row = runner.step(id);
  if (is_finished(row.status))
    throw action_refused{fmt::format("{} is refused while step '{}' is {}", action, row.step_key,
                                     to_text(row.status))};
  return row;
}

void wake_step_at(runner& runner, const uuid& id, std::string_view key,
                  const std::optional<timestamp>& at) {
  const workflow_step& row = unfinished_step(runner, at ? "wake_at" : "cancel_wake", id);
  if (!runner.definition_of(row).on_wake.contains(key))
    throw action_refused{fmt::format("step '{}' has no on_wake(\"{}\")", row.step_key, key)};
  set_timer(runner, {timer_kind::wake, std::string{key}, id}, at);
}

void wake_workflow_at(runner& runner, std::string_view key, const std::optional<timestamp>& at) {
  runner.guard(at ? "wake_at" : "cancel_wake", unfinished);
  if (!runner.definition().on_wake.contains(key))
    throw action_refused{
        fmt::format("definition '{}' has no on_wake(\"{}\")", runner.definition().key, key)};
  set_timer(runner, {timer_kind::wake, std::string{key}, {}}, at);
}

// Without overflow: what lies beyond all times that can be stored is refused as the last of them.
timestamp after(timestamp now, std::chrono::milliseconds delay) {
  constexpr std::chrono::milliseconds longest = std::chrono::hours{24} * 366 * 9'999;
  return now + std::clamp(delay, std::chrono::milliseconds{0}, longest);
}

}  // namespace

std::string_view title_of(const timer& which) {
  return which.kind == timer_kind::wake  ? which.key
         : which.kind == timer_kind::due ? std::string_view{"ts_due"}
                                         : "ts_expire";
}

std::optional<timer> timer_of(const workflow_task& task) {
  if (task.name != timer_task) return std::nullopt;
  const json::value* kind = task.input.if_contains("kind");
  const json::value* key = task.input.if_contains("key");
  const auto known =
      kind == nullptr || !kind->is_string()
          ? kind_names.end()
          : std::find(kind_names.begin(), kind_names.end(), std::string_view{kind->get_string()});
  if (known == kind_names.end() || (key != nullptr && !key->is_string())) return std::nullopt;
  return timer{static_cast<timer_kind>(known - kind_names.begin()),
               key == nullptr ? std::string{} : std::string{key->get_string()}, task.step_id};
}

void set_timer(runner& runner, const timer& which, const std::optional<timestamp>& at) {
  const workflow_task* there = find_timer(runner.state(), which);
  if (there != nullptr && there->ts_due == at) return;
  // A worker may hold the timer for a long time, which a change of its row would have to wait for.
  if (there != nullptr) workflow_context{runner}.cancel_task(there->id);
  if (!at) return;
  json::object input{{"kind", kind_names[static_cast<std::size_t>(which.kind)]}};
  if (which.kind == timer_kind::wake) input["key"] = which.key;
  task_options options = own_task(runner.definition().key);
  options.ts_due = at;
  (void)runner.store_task(timer_task, input, options, which.step_id);
}

void cancel_timers(runner& runner, const std::optional<uuid>& step_id) {
  const auto& tasks = runner.state().tasks;
  // By index, since a mutation changes the vector.
  for (std::size_t i = 0; i < tasks.size(); ++i)
    if ((tasks[i].name == timer_task || tasks[i].name == answer_link_task) &&
        tasks[i].step_id == step_id && !is_finished(tasks[i].status))
      workflow_context{runner}.cancel_task(tasks[i].id);
}

void repeat_timer(runner& runner, const timer& fired, timestamp at) {
  if (const auto next = next_repetition(runner, fired, at)) set_timer(runner, fired, next);
}

void expire_step_at(runner& runner, const workflow_step& row, const std::optional<timestamp>& at) {
  if (runner.definition_of(row).on_expired.empty())
    throw action_refused{fmt::format("step '{}' has no on_expired", row.step_key)};
  set_timer(runner, {timer_kind::expired, {}, row.id}, at);
}

void fire_timer(runner& runner, const timer& which) {
  if (!which.step_id) {
    const auto& definition = runner.definition();
    // One may end the workflow, or the step below, after which the others have nothing to do.
    for (const workflow_hook& hook : which.kind == timer_kind::expired
                                         ? definition.on_expired
                                         : hooks_for_key(definition.on_wake, which.key))
      if (!is_finished(runner.state().workflow.status)) runner.run({hook});
    return;
  }
  const workflow_step* step = find_row(runner.state().steps, *which.step_id);
  if (step == nullptr || is_finished(step->status)) return;
  const step_definition& kind = runner.definition_of(*step);
  const auto& hooks = which.kind == timer_kind::due       ? kind.on_due
                      : which.kind == timer_kind::expired ? kind.on_expired
                                                          : hooks_for_key(kind.on_wake, which.key);
  for (const step_hook& hook : hooks)
    if (runner.step(*which.step_id).status == step_status::active)
      runner.run({hook}, *which.step_id);
}

step_context& step_context::wake_at(std::string_view key, timestamp at) {
  wake_step_at(*runner_, id_, key, at);
  return *this;
}

step_context& step_context::wake_in(std::string_view key, std::chrono::milliseconds delay) {
  return wake_at(key, after(runner_->now(), delay));
}

step_context& step_context::cancel_wake(std::string_view key) {
  wake_step_at(*runner_, id_, key, std::nullopt);
  return *this;
}

step_context& step_context::due_at(const std::optional<timestamp>& at) {
  const auto& row = runner_->guard_step("due_at", id_, step_status::active);
  const bool is_reminded = !runner_->definition_of(row).on_due.empty();
  runner_->update("due_at", step_patch{}.set<&workflow_step::ts_due>(at), id_);
  if (is_reminded) set_timer(*runner_, {timer_kind::due, {}, id_}, at);
  return *this;
}

step_context& step_context::expire_at(const std::optional<timestamp>& at) {
  expire_step_at(*runner_, unfinished_step(*runner_, "expire_at", id_), at);
  return *this;
}

workflow_context& workflow_context::wake_at(std::string_view key, timestamp at) {
  wake_workflow_at(*runner_, key, at);
  return *this;
}

workflow_context& workflow_context::wake_in(std::string_view key, std::chrono::milliseconds delay) {
  return wake_at(key, after(runner_->now(), delay));
}

workflow_context& workflow_context::cancel_wake(std::string_view key) {
  wake_workflow_at(*runner_, key, std::nullopt);
  return *this;
}

workflow_context& workflow_context::expire_at(const std::optional<timestamp>& at) {
  runner_->guard("expire_at", unfinished);
  runner_->update("expire_at", workflow_patch{}.set<&workflow::ts_expire>(at));
  if (!runner_->definition().on_expired.empty())
    set_timer(*runner_, {timer_kind::expired, {}, {}}, at);
  return *this;
}

step_builder& step_builder::on_wake(std::string key, step_hook hook) {
  data_->steps[index_].on_wake[std::move(key)].push_back(std::move(hook));
  return *this;
}

step_builder& step_builder::on_due(step_hook hook) {
  data_->steps[index_].on_due.push_back(std::move(hook));
  return *this;
}

step_builder& step_builder::on_expired(step_hook hook) {
  data_->steps[index_].on_expired.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_wake(std::string key, workflow_hook hook) {
  data_->on_wake[std::move(key)].push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_expired(workflow_hook hook) {
  data_->on_expired.push_back(std::move(hook));
  return *this;
}

}  // namespace nava::engine
