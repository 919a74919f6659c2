// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "engine/child.hpp"
#include "engine/runner.hpp"

/// The verbs that move a workflow as a whole: it is paused, resumed, cancelled, aborted.
namespace nava::engine {
namespace {

using namespace schema;

using enum workflow_status;

void close_open_work(runner& runner, std::string_view action) {
  const workflow_state& state = runner.state();
  // By index, since a mutation changes the vector that a reference would point into.
  for (std::size_t i = 0; i < state.steps.size(); ++i)
    if (state.steps[i].status == step_status::active)
      runner.set_step_status(action, state.steps[i].id, step_status::cancelled);
  cancel_children(runner, std::nullopt);
  for (std::size_t i = 0; i < state.tasks.size(); ++i)
    if (!is_finished(state.tasks[i].status) && state.tasks[i].name != child_cancel_task &&
        state.tasks[i].name != child_start_task)
      workflow_context{runner}.cancel_task(state.tasks[i].id);
}

}  // namespace

void runner::end_workflow(std::string_view action, workflow_status status,
                          const std::vector<workflow_hook>& hooks) {
  // The status turns last, so the guard alone would let a hook begin the end again.
  if (is_ending_)
    throw action_refused{fmt::format("{} is refused while the workflow ends", action)};
  expect_no_child_that_refuses(*this, std::nullopt, action);
  is_ending_ = true;
  struct ending {
    ~ending() { flag_ = false; }
    bool& flag_;
  } const until_return{is_ending_};
  run(hooks);
  // They may have started some.
  expect_no_child_that_refuses(*this, std::nullopt, action);
  close_open_work(*this, action);
  reconcile();
  auto more = workflow_patch{}.set<&workflow::ts_finish>(now_);
  if (state_.workflow.paused) more.set<&workflow::paused>(std::nullopt);
  set_workflow_status(action, status, std::move(more));
  tell_parent(*this);
}

workflow_context& workflow_context::pause() {
  runner_->guard("pause", {active});
  runner_->set_workflow_status("pause", workflow_status::paused,
                               workflow_patch{}.set<&workflow::paused>(row().status));
  runner_->run(runner_->definition().on_paused);
  return *this;
}

workflow_context& workflow_context::resume() {
  runner_->guard("resume", {workflow_status::paused});
  runner_->set_workflow_status("resume", row().paused.value_or(active),
                               workflow_patch{}.set<&workflow::paused>(std::nullopt));
  runner_->reconcile();
  runner_->run(runner_->definition().on_resumed);
  return *this;
}

workflow_context& workflow_context::cancel() {
  runner_->guard("cancel", unfinished);
  runner_->end_workflow("cancel", cancelled, runner_->definition().on_cancelled);
  return *this;
}

workflow_context& workflow_context::abort() {
  runner_->guard("abort", {degraded});
  runner_->end_workflow("abort", failed, runner_->definition().on_aborted);
  return *this;
}

}  // namespace nava::engine
