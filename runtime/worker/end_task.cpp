// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/engine/refusal.hpp>

#include "runtime/call.hpp"

namespace nava {

bool runtime::listens_to_task(std::string_view wfdef_key, std::int64_t wfdef_rev,
                              std::string_view task_name) const {
  if (const definition* found = find_definition(wfdef_key, wfdef_rev))
    return found->listens_to_task(task_name);
  throw engine::unknown_revision{
      fmt::format("task '{}' is of a workflow that runs by revision {} of definition '{}', which "
                  "this runtime was not given; give it that revision too",
                  task_name, wfdef_rev, wfdef_key)};
}

namespace {

bool is_about_rows(error_kind kind) {
  return kind == error_kind::unique || kind == error_kind::foreign_key ||
         kind == error_kind::check || kind == error_kind::invalid_input;
}

}  // namespace

// The commit is refused where the workflow has moved, and where a task that the decision writes has
// changed: perhaps this one, whose lease is lost. The lease is asked for where the workflow has not
// moved.
std::optional<outcome> runtime::end_task(const uuid& workflow_id, const task_end& ended,
                                         const task_attempt& by, std::chrono::milliseconds lease) {
  struct lease_lost {};
  // Rows of the application's that hooks insert may be refused. The task has ended all the same.
  std::string refused;
  std::optional<std::int64_t> tried;
  const auto is_held = [&] {
    const persistence::renewal held{workflow_id, ended.id, by.lease_fence, {}};
    return !store_->renew({&held, 1}, lease).front();
  };
  const auto decide = [&](const definition& chosen, const workflow_state& state, timestamp at,
                          const uuid& transaction_id) {
    const auto& tasks = state.tasks;
    const bool is_open = std::any_of(tasks.begin(), tasks.end(), [&](const auto& task) {
      return task.id == ended.id && !is_finished(task.status);
    });
    if (!is_open || (tried == state.workflow.revision && !is_held())) throw lease_lost{};
    tried = state.workflow.revision;
    return engine::decide_task_end(chosen, state, ended, by, at, transaction_id, refused);
  };
  try {
    try {
      return decide_on(workflow_id, {}, decide, {});
    } catch (const error& failure) {
      if (!is_about_rows(failure.kind())) throw;
      refused = failure.what();
    }
    return decide_on(workflow_id, {}, decide, {});
  } catch (const lease_lost&) {
    return std::nullopt;
  } catch (const workflow_gone&) {
    return std::nullopt;
  }
}

}  // namespace nava
