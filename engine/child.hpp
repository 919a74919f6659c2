// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/engine/context.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/runner.hpp"

/// Children: workflows that a workflow has started. Of each the parent has two tasks of the
/// runtime's own: one starts the child; the other stays open until the child has ended, and then
/// ends in a decision. Workers need the child's definition for the one, the parent's for the other.
namespace nava::engine {

/// Of the output of a child as JSON, that its parent can be told.
inline constexpr std::size_t child_output_bytes_max = 1'000'000;

/// When a parent first looks whether a child is there. A start that fails is noticed so; the end of
/// a child is told.
inline constexpr std::chrono::milliseconds first_look_at_child{10'000};

/// What the tasks of a child ask for.
struct child_request {
  std::string wfdef_key;
  nava::resource about;
  json::object params;
  std::string title;
  std::optional<std::string> company_id{};  ///< the parent's
  child_fate when_cancelled = child_fate::cancel;
};

/// Throws action_refused for a task of another version of Nava.
[[nodiscard]] child_request child_request_of(const json::object& input);

/// Which task of which workflow started a workflow; none of one that an application started.
[[nodiscard]] std::optional<parent_link> parent_of(const schema::workflow& row);

/// The result of the task of a child. Too large an output makes it FAILED.
[[nodiscard]] json::object child_result(const schema::workflow& child, const json::object& output);

/// Stores, with the end of the workflow, the task that tells the parent of it.
void tell_parent(runner& runner);

/// Throws action_refused where a child of `step_id`, or of any step, is running that refuses the
/// end of its parent.
void expect_no_child_that_refuses(const runner& runner, const std::optional<uuid>& step_id,
                                  std::string_view action);

/// Cancels the tasks of the children of `step_id`, or of any step, and stores what cancels those
/// children that are not to be left.
void cancel_children(runner& runner, const std::optional<uuid>& step_id);

/// Runs the hooks of the parent. `task` is that of the child.
void run_child_hooks(runner& runner, const schema::workflow_task& task, const task_end& ended);

}  // namespace nava::engine
