// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/engine/decision.hpp>
#include <nava/workflow/error.hpp>

#include "engine/child.hpp"
#include "engine/definition_data.hpp"
#include "engine/failed_look.hpp"
#include "engine/runner.hpp"
#include "engine/timer.hpp"

/// The end of a task: who listens to it, and the decision that it is.
namespace nava::engine {

bool definition::listens_to_task(std::string_view task_name) const {
  return task_name == timer_task || task_name == child_task ||
         std::any_of(data_->task_hooks.begin(), data_->task_hooks.end(),
                     [&](const task_hook_definition& hook) { return hook.task_name == task_name; });
}

std::vector<const task_hook_definition*> definition_data::hooks_for(std::string_view step_key,
                                                                    const task_end& ended) const {
  std::vector<const task_hook_definition*> usual, for_failed;
  for (const task_hook_definition& hook : task_hooks)
    if (hook.task_name == ended.name && hook.step_key == step_key)
      (hook.is_for_failed ? for_failed : usual).push_back(&hook);
  return ended.succeeded() || for_failed.empty() ? usual : for_failed;
}

step_builder& step_builder::on_task_finished(std::string task_name, step_task_hook hook) {
  data_->task_hooks.push_back(
      {std::move(task_name), false, data_->steps[index_].key, {}, std::move(hook)});
  return *this;
}

step_builder& step_builder::on_task_failed(std::string task_name, step_task_hook hook) {
  data_->task_hooks.push_back(
      {std::move(task_name), true, data_->steps[index_].key, {}, std::move(hook)});
  return *this;
}

definition_builder& definition_builder::on_task_finished(std::string task_name,
                                                         workflow_task_hook hook) {
  data_->task_hooks.push_back({std::move(task_name), false, {}, std::move(hook), {}});
  return *this;
}

definition_builder& definition_builder::on_task_failed(std::string task_name,
                                                       workflow_task_hook hook) {
  data_->task_hooks.push_back({std::move(task_name), true, {}, std::move(hook), {}});
  return *this;
}

namespace {

// Ends a task within a decision. Throws what the hooks throw.
class task_ending {
 public:
  task_ending(const definition_data& definition, runner& runner, const task_end& ended,
              const task_attempt& by)
      : definition_(definition), runner_(runner), ended_(ended) {
    const auto* task = find_row(runner_.state().tasks, ended.id);
    if (task == nullptr || is_finished(task->status))
      throw action_refused{
          fmt::format("the workflow has no open task {}", schema::to_text(ended.id))};
    task_ = *task;
    step_id_ = task->step_id;
    timer_ = timer_of(*task);
    const timestamp due = task->ts_due.value_or(runner_.now());
    runner_.record_cause(timer_ ? cause_of_timer(*task) : cause_of_task(), step_id_);
    using schema::workflow_task;
    auto change = patch<schema::workflow_task_table>{};
    change.set<&workflow_task::id>(ended.id)
        .set<&workflow_task::status>(ended.status)
        .set<&workflow_task::ts_end>(runner_.now())
        .set<&workflow_task::error>(ended.error);
    if (by.lease_fence > 0)
      change.set<&workflow_task::attempt>(ended.attempt)
          .set<&workflow_task::ts_start>(by.ts_start)
          .set<&workflow_task::lease_owner>(by.lease_owner)
          .set<&workflow_task::lease_fence>(by.lease_fence);
    if (ended.succeeded()) change.set<&workflow_task::result>(json::object(ended.result));
    runner_.update("finish_task", std::move(change), step_id_);
    // Whatever becomes of the hooks.
    if (timer_) repeat_timer(runner_, *timer_, due);
  }

  [[nodiscard]] const std::optional<uuid>& step_id() const { return step_id_; }

  void run_hooks() {
    if (is_finished(runner_.state().workflow.status)) return;
    if (timer_) return fire_timer(runner_, *timer_);
    if (task_.name == child_task) return run_child_hooks(runner_, task_, ended_);
    // One may end the step or the workflow, after which the others have nothing to do.
    if (const auto* step = open_step()) {
      step_context context{runner_, step->id};
      for (const auto* hook : definition_.hooks_for(step->step_key, ended_))
        if (open_step() != nullptr) hook->on_step(context, ended_);
    }
    workflow_context context{runner_};
    for (const auto* hook : definition_.hooks_for({}, ended_))
      if (!is_finished(runner_.state().workflow.status)) hook->on_workflow(context, ended_);
  }

 private:
  [[nodiscard]] const workflow_step* open_step() const {
    const auto* step = step_id_ ? find_row(runner_.state().steps, *step_id_) : nullptr;
    return step != nullptr && !is_finished(step->status) ? step : nullptr;
  }

  [[nodiscard]] event cause_of_task() const {
    return {.name = task_.name == child_task ? "nava.child-finished" : "nava.task-finished",
            .key = no_key,
            .data = {{"task", schema::to_text(ended_.id)},
                     {"name", ended_.name},
                     {"status", schema::to_text(ended_.status)}}};
  }

  [[nodiscard]] event cause_of_timer(const schema::workflow_task& task) const {
    event cause{.name = std::string{timer_task}, .key = no_key, .data = task.input};
    cause.data["task"] = schema::to_text(ended_.id);
    return cause;
  }

  const definition_data& definition_;
  runner& runner_;
  const task_end& ended_;
  schema::workflow_task task_;  ///< as it was before its end
  std::optional<uuid> step_id_;
  std::optional<timer> timer_;
};

std::string title_of(const workflow_state& state, const task_end& ended) {
  const auto* task = find_row(state.tasks, ended.id);
  const auto timer = task == nullptr ? std::nullopt : timer_of(*task);
  return timer ? fmt::format("timer '{}'", title_of(*timer))
               : fmt::format("the end of task '{}'", ended.name);
}

}  // namespace

decision decide_task_end(const definition& definition, const workflow_state& state,
                         const task_end& ended, const task_attempt& by, timestamp now,
                         const uuid& transaction_id, std::string_view refused) {
  const definition_data& data = definition.data();
  if (state.workflow.status == schema::workflow_status::paused)
    throw workflow_paused{
        fmt::format("task '{}' ends when its workflow is resumed, which is PAUSED", ended.name)};
  const auto* task = find_row(state.tasks, ended.id);
  if (task != nullptr && (task->name == timer_task || task->name == child_task) && task->step_id) {
    const auto* step = find_row(state.steps, *task->step_id);
    if (step != nullptr && step->status == schema::step_status::error)
      throw workflow_paused{
          fmt::format("task '{}' ends when its step '{}' is recovered, which is "
                      "in ERROR",
                      ended.name, step->step_key)};
  }
  // Runs `act` on the ended task; what it throws is told, and nothing of it is kept.
  std::string why = printable(std::string{refused});
  const auto decided = [&](auto act) -> std::optional<decision> {
    runner runner{data, state, now, transaction_id};
    task_ending ending{data, runner, ended, by};
    try {
      act(runner, ending);
      return runner.finish();
    } catch (const std::exception& thrown) {
      why = printable(thrown.what());
    } catch (...) {
      why = "a hook threw what is not a std::exception";
    }
    return std::nullopt;
  };
  const auto where = [&] { return title_of(state, ended); };
  if (refused.empty())
    if (auto made = decided([&](runner&, task_ending& ending) {
          explaining(where, "its result", ended.result, [&] { ending.run_hooks(); });
        }))
      return *std::move(made);
  // The work is done, whatever became of the hooks: so the task ends.
  std::optional<step_failure> failed;
  if (auto made = decided([&, reason = why](runner& on, const task_ending& ending) {
        const auto& step_id = ending.step_id();
        if (!step_id || !can_fail(state, *step_id)) throw action_refused{reason};
        failed = {*step_id, std::string{key_of(state, *step_id)}, reason};
        fail_step(on, *step_id, reason, exception_action);
      })) {
    made->failed = std::move(failed);
    return *std::move(made);
  }
  runner runner{data, state, now, transaction_id};
  const task_ending ending{data, runner, ended, by};
  if (!is_finished(state.workflow.status))
    runner.message("workflow", fmt::format("{}: {}", where(), why));
  return runner.finish_without_hooks();
}

}  // namespace nava::engine
