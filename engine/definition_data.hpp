// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <map>
#include <nava/engine/definition.hpp>
#include <set>
#include <unordered_map>
#include <vector>

/// What a definition holds; the builder fills it in, the runner reads it.
namespace nava::engine {

struct transition_definition {
  std::string to;
  std::vector<std::string> states;
  bool states_are_allowed = false;  ///< else they are excluded; an empty exclusion allows all
  transition_hook hook;

  [[nodiscard]] bool allows(std::string_view state) const;
};

/// How a step changes hands, where hooks listen.
enum class hand_over { claimed, unclaimed, assigned, delegated, resolved, escalated };
inline constexpr std::size_t hand_overs = 6;

struct step_definition {
  std::string key;
  step_options options;
  std::vector<transition_definition> transitions;
  std::vector<transition_hook> on_transition;
  std::vector<step_hook> on_finished;
  std::vector<step_hook> on_error;
  std::vector<step_hook> on_recovered;
  std::array<std::vector<step_hook>, hand_overs> on_hand_over;
  std::vector<step_hook> on_due;
  std::vector<step_hook> on_expired;
  std::map<std::string, std::vector<step_hook>, std::less<>> on_wake;
  std::map<std::string, std::vector<step_child_hook>, std::less<>> on_child_finished;

  [[nodiscard]] bool has_state(std::string_view state) const;
  [[nodiscard]] const transition_definition* transition_to(std::string_view state) const;
};

struct stage_definition {
  std::string key;
  std::string title;
  stage_options options;
};

struct role_definition {
  std::string key;
  std::string title;
};

struct handler_definition {
  std::string event_name;
  handler_options options;
  std::string step_key;  ///< empty for a handler of the workflow
  workflow_handler on_workflow;
  step_handler on_step;

  [[nodiscard]] selection select(const event& happened) const;
};

/// A hook on the end of tasks; of a step or of the workflow.
struct task_hook_definition {
  std::string task_name;
  bool is_for_failed = false;  ///< else for both ends, or for success alone where another is
  std::string step_key;        ///< empty for a hook of the workflow
  workflow_task_hook on_workflow;
  step_task_hook on_step;
};

struct definition_data {
  std::string key;
  std::int64_t revision = 1;
  std::string title;
  std::optional<std::string> desc;
  std::string wf_namespace;
  on_exception policy = on_exception::fail_step;
  bool keeps_hash_chain = false;
  std::vector<role_definition> roles;
  std::vector<stage_definition> stages;
  std::vector<step_definition> steps;
  std::vector<handler_definition> handlers;
  std::set<std::string, std::less<>> started_by;  ///< names of events
  std::map<std::string, std::chrono::milliseconds, std::less<>> kept_early;
  std::vector<task_hook_definition> task_hooks;
  std::vector<workflow_hook> on_started;
  std::vector<step_hook> on_step_added;
  std::vector<workflow_hook> on_degraded;
  std::vector<workflow_hook> on_paused;
  std::vector<workflow_hook> on_resumed;
  std::vector<workflow_hook> on_completed;
  std::vector<workflow_hook> on_cancelled;
  std::vector<workflow_hook> on_aborted;
  std::vector<workflow_hook> on_expired;
  std::map<std::string, std::vector<workflow_hook>, std::less<>> on_wake;
  std::map<std::string, std::vector<workflow_child_hook>, std::less<>> on_child_finished;

  /// Made by build(): positions in `handlers`, in the order in which an event's handlers run.
  std::unordered_map<std::string, std::vector<std::size_t>> handlers_of_event;
  /// Made by build(): positions in `steps`.
  std::map<std::string, std::size_t, std::less<>> place_of_step;

  [[nodiscard]] const step_definition* step(std::string_view step_key) const;
  /// The hooks of a step, or of the workflow where the key is empty, that this end is for.
  [[nodiscard]] std::vector<const task_hook_definition*> hooks_for(std::string_view step_key,
                                                                   const task_end& ended) const;
  [[nodiscard]] const std::vector<std::size_t>& handlers_for(const std::string& event_name) const;
  /// What the selectors of handlers_for() say of an event, in the same order. Selectors are the
  /// application's, so that whoever has the answers hands them on.
  [[nodiscard]] std::vector<selection> select(const event& happened) const;
};

}  // namespace nava::engine
