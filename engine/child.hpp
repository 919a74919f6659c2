// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/context.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/runner.hpp"

/// Children: workflows that a workflow has started. Of each the parent has a task of the runtime's
/// own, which starts the child, stays open until the child has ended, and then ends in a decision.
namespace nava::engine {

/// What the task of a child asks for.
struct child_request {
  std::string wfdef_key;
  nava::resource about;
  json::object params;
  std::string title;
  child_fate when_cancelled = child_fate::cancel;
};

/// Throws action_refused for a task of another version of Nava.
[[nodiscard]] child_request child_request_of(const json::object& input);

/// Which task of which workflow started a workflow; none of one that an application started.
[[nodiscard]] std::optional<parent_link> parent_of(const schema::workflow& row);

/// The queue in which children of a definition wait to be started.
[[nodiscard]] std::string child_queue(std::string_view wfdef_key);

/// The result of the task of a child.
[[nodiscard]] json::object child_result(const schema::workflow& child, const json::object& output);

/// Stores, with the end of the workflow, the task that tells the parent of it.
void tell_parent(runner& runner);

/// Throws action_refused where a child is running that refuses the end of its parent.
void expect_no_child_that_refuses(const runner& runner, std::string_view action);

/// Stores the tasks that cancel those children of `step_id`, or of the whole workflow, which are
/// not to be left; their own tasks are cancelled too.
void cancel_children(runner& runner, const std::optional<uuid>& step_id);

/// Runs the hooks of the parent. `task` is that of the child.
void run_child_hooks(runner& runner, const schema::workflow_task& task, const task_end& ended);

}  // namespace nava::engine
