// SPDX-License-Identifier: Apache-2.0
#include "engine/definition_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/text.hpp>
#include <nava/workflow/limits.hpp>
#include <unordered_set>

namespace nava::engine {
namespace {

template <class List>
auto find_key(const List& list, std::string_view key) {
  return std::find_if(list.begin(), list.end(), [&](const auto& item) { return item.key == key; });
}

bool is_state_name(std::string_view name) {
  const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
  return !name.empty() && is_upper(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_upper(c) || (c >= '0' && c <= '9') || c == '_'; });
}

constexpr std::chrono::milliseconds shortest_repeat{1'000};
constexpr std::chrono::milliseconds longest_repeat = std::chrono::hours{24 * 366};

// Checks a definition as a whole; each function throws at the first contradiction.
class definition_check {
 public:
  explicit definition_check(const definition_data& data) : data_(data) {}

  void run() const {
    check_key("the definition's key", data_.key);
    if (data_.revision < 1) fail("a revision is 1 or more");
    if (data_.stages.size() > stages_per_definition_max)
      fail(fmt::format("it has more than {} stages; split it", stages_per_definition_max));
    check_keys("stage", data_.stages);
    check_keys("role", data_.roles);
    check_keys("step", data_.steps);
    if (data_.steps.empty()) fail("it has no step; a workflow of it would never complete");
    for (const auto& step : data_.steps) check_step(step);
    for (const auto& handler : data_.handlers) check_handler(handler);
    for (const auto& hook : data_.task_hooks) check_task_hook(hook);
    for (const auto& name : data_.started_by) check_event_name(name);
    for (const auto& [name, how_long] : data_.kept_early) check_kept_early(name, how_long);
    check_hooks_with_keys(data_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw definition_error{fmt::format("definition '{}': {}", data_.key, what)};
  }

  void check_key(std::string_view what, std::string_view key) const {
    if (key.empty()) fail(fmt::format("{} is empty", what));
    if (key.size() > key_bytes_max)
      fail(fmt::format("{} is longer than {} bytes", what, key_bytes_max));
    if (key.find('\0') != std::string_view::npos || !schema::is_valid_utf8(key))
      fail(fmt::format("{} is not UTF-8 without NUL bytes", what));
  }

  template <class List>
  void check_keys(std::string_view what, const List& list) const {
    std::unordered_set<std::string_view> seen;
    for (const auto& item : list) {
      check_key(fmt::format("a {} key", what), item.key);
      if (!seen.insert(item.key).second)
        fail(fmt::format("{} '{}' is defined twice", what, item.key));
    }
  }

  void check_step(const step_definition& step) const {
    if (find_key(data_.stages, step.options.stage) == data_.stages.end())
      fail(fmt::format("step '{}' belongs to stage '{}', which is not defined", step.key,
                       step.options.stage));
    for (const auto& state : step.options.states) {
      if (!is_state_name(state))
        fail(fmt::format("step '{}': state '{}' is not of the form [A-Z][A-Z0-9_]*", step.key,
                         state));
      if (std::count(step.options.states.begin(), step.options.states.end(), state) > 1)
        fail(fmt::format("step '{}': state '{}' is listed twice", step.key, state));
    }
    for (const auto& transition : step.transitions) check_transition(step, transition);
    check_candidates(step);
    check_hooks_with_keys(step);
    const auto every = step.options.remind_every;
    if (every.count() != 0 && (every < shortest_repeat || every > longest_repeat))
      fail(fmt::format("step '{}': remind_every is {} ms; 0 and {} to {} ms are allowed", step.key,
                       every.count(), shortest_repeat.count(), longest_repeat.count()));
    if (every.count() != 0 && step.on_due.empty())
      fail(fmt::format("step '{}' has remind_every, and no on_due that would run", step.key));
  }

  void check_candidates(const step_definition& step) const {
    const candidates& may = step.options.candidates;
    for (const auto& each : may.users) check_key("a candidate", each);
    for (const auto& each : may.groups) check_key("a candidate group", each);
    for (const auto& each : may.roles)
      if (find_key(data_.roles, each) == data_.roles.end())
        fail(fmt::format("step '{}' has role '{}' for a candidate, which is not defined", step.key,
                         each));
    const std::int64_t priority = step.options.priority.value_or(0);
    if (priority < -step_priority_max || priority > step_priority_max)
      fail(fmt::format("step '{}' has priority {}; {} to {} are allowed", step.key, priority,
                       -step_priority_max, step_priority_max));
    if (may.users.size() + may.groups.size() + may.roles.size() > candidates_max)
      fail(fmt::format("step '{}' has more than {} candidates; name a group", step.key,
                       candidates_max));
  }

  template <class Definition>
  void check_hooks_with_keys(const Definition& of) const {
    for (const auto& [key, hooks] : of.on_wake) check_key("a key of on_wake", key);
    for (const auto& [key, hooks] : of.on_child_finished)
      check_key("the definition of a child", key);
  }

  void check_transition(const step_definition& step,
                        const transition_definition& transition) const {
    if (transition.to == state_created || !step.has_state(transition.to))
      fail(fmt::format("step '{}' has a transition to '{}', which is none of its states", step.key,
                       transition.to));
    if (std::count_if(step.transitions.begin(), step.transitions.end(),
                      [&](const auto& other) { return other.to == transition.to; }) > 1)
      fail(fmt::format("step '{}' has two transitions to '{}'", step.key, transition.to));
    if (transition.states_are_allowed && transition.states.empty())
      fail(fmt::format("step '{}': the transition to '{}' is allowed from no state", step.key,
                       transition.to));
    for (const auto& state : transition.states)
      if (state == state_finished || !step.has_state(state))
        fail(
            fmt::format("step '{}': the transition to '{}' names '{}', which is no state to come "
                        "from",
                        step.key, transition.to, state));
  }

  void check_event_name(std::string_view name) const {
    check_key("an event name", name);
    const bool is_own = data_.key.starts_with(runtime_prefix);
    if (!is_own && name.starts_with(runtime_prefix))
      fail(fmt::format("event '{}': names that begin with '{}' are the runtime's own", name,
                       runtime_prefix));
  }

  void check_kept_early(std::string_view name, std::chrono::milliseconds how_long) const {
    if (std::none_of(data_.handlers.begin(), data_.handlers.end(),
                     [&](const auto& each) { return each.event_name == name; }))
      fail(
          fmt::format("event '{}' is kept early, and has no handler that it could wait for", name));
    if (how_long < shortest_repeat || how_long > longest_repeat)
      fail(fmt::format("event '{}' is kept early for {} ms; {} to {} ms are allowed", name,
                       how_long.count(), shortest_repeat.count(), longest_repeat.count()));
  }

  void check_handler(const handler_definition& handler) const {
    check_event_name(handler.event_name);
    if (!handler.on_workflow && !handler.on_step)
      fail(fmt::format("event '{}' has a handler without a function", handler.event_name));
  }

  void check_task_hook(const task_hook_definition& hook) const {
    check_key("a task name", hook.task_name);
    if (hook.task_name.starts_with(runtime_prefix))
      fail(fmt::format("task '{}': names that begin with '{}' are the runtime's own",
                       hook.task_name, runtime_prefix));
    if (!hook.on_workflow && !hook.on_step)
      fail(fmt::format("task '{}' has a hook without a function", hook.task_name));
  }

  const definition_data& data_;
};

}  // namespace

void check(const definition_data& data) { definition_check{data}.run(); }

}  // namespace nava::engine
