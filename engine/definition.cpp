// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/text.hpp>
#include <nava/workflow/limits.hpp>
#include <unordered_set>

#include "engine/definition_data.hpp"
#include "engine/failed_look.hpp"

namespace nava::engine {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

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
    check_hooks_with_keys(step);
    const auto every = step.options.remind_every;
    if (every.count() != 0 && (every < shortest_repeat || every > longest_repeat))
      fail(fmt::format("step '{}': remind_every is {} ms; 0 and {} to {} ms are allowed", step.key,
                       every.count(), shortest_repeat.count(), longest_repeat.count()));
    if (every.count() != 0 && step.on_due.empty())
      fail(fmt::format("step '{}' has remind_every, and no on_due that would run", step.key));
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
      fail(fmt::format("event '{}' is kept early, and has no handler that it could wait for", name));
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

bool transition_definition::allows(std::string_view state) const {
  return contains(states, state) == states_are_allowed;
}

bool step_definition::has_state(std::string_view state) const {
  return state == state_created || state == state_finished || contains(options.states, state);
}

const transition_definition* step_definition::transition_to(std::string_view state) const {
  const auto found = std::find_if(transitions.begin(), transitions.end(),
                                  [&](const auto& transition) { return transition.to == state; });
  return found == transitions.end() ? nullptr : &*found;
}

selection handler_definition::select(const event& happened) const {
  if (options.selector) return options.selector(happened);
  return {happened.resource, happened.selector};
}

const step_definition* definition_data::step(std::string_view step_key) const {
  const auto found = place_of_step.find(step_key);
  return found == place_of_step.end() ? nullptr : &steps[found->second];
}

std::vector<selection> definition_data::select(const event& happened) const {
  std::vector<selection> chosen;
  const auto where = [&] { return fmt::format("a selector for event '{}'", happened.name); };
  explaining(where, "its data", happened.data, [&] {
    for (const std::size_t position : handlers_for(happened.name))
      chosen.push_back(handlers[position].select(happened));
  });
  return chosen;
}

const std::vector<std::size_t>& definition_data::handlers_for(const std::string& name) const {
  static const std::vector<std::size_t> none;
  const auto found = handlers_of_event.find(name);
  return found == handlers_of_event.end() ? none : found->second;
}

const std::string& definition::key() const { return data_->key; }

std::int64_t definition::revision() const { return data_->revision; }

bool definition::handles(std::string_view event_name) const {
  return data_->handlers_of_event.contains(std::string{event_name});
}

bool definition::is_started_by(std::string_view event_name) const {
  return data_->started_by.contains(event_name);
}

std::chrono::milliseconds definition::keeps_early(std::string_view event_name) const {
  const auto found = data_->kept_early.find(event_name);
  return found == data_->kept_early.end() ? std::chrono::milliseconds{0} : found->second;
}

schema::workflow_definition definition::row() const {
  schema::workflow_definition row;
  row.wfdef_key = data_->key;
  row.wfdef_rev = data_->revision;
  row.title = data_->title;
  row.wf_namespace = data_->wf_namespace;
  row.desc = data_->desc;
  for (const auto& role : data_->roles)
    row.roles.push_back({{"key", role.key}, {"title", role.title}});
  for (const auto& stage : data_->stages) {
    json::object entry{{"key", stage.key}, {"title", stage.title}};
    if (stage.options.type) entry["type"] = *stage.options.type;
    if (stage.options.desc) entry["desc"] = *stage.options.desc;
    row.stages.push_back(std::move(entry));
  }
  for (const auto& step : data_->steps) {
    json::array transitions;
    for (const auto& transition : step.transitions)
      transitions.push_back({{"to", transition.to},
                             {transition.states_are_allowed ? "from" : "not_from",
                              json::array(transition.states.begin(), transition.states.end())}});
    json::object entry{
        {"key", step.key},
        {"title", step.options.title},
        {"stage", step.options.stage},
        {"states", json::array(step.options.states.begin(), step.options.states.end())},
        {"repeats", step.options.repeats},
        {"transitions", std::move(transitions)}};
    if (step.options.desc) entry["desc"] = *step.options.desc;
    row.steps.push_back(std::move(entry));
  }
  return row;
}

step_builder& step_builder::transition(std::string target_state, from allowed,
                                       transition_hook hook) {
  data_->steps[index_].transitions.push_back(
      {std::move(target_state), std::move(allowed.states), true, std::move(hook)});
  return *this;
}

step_builder& step_builder::transition(std::string target_state, not_from excluded,
                                       transition_hook hook) {
  data_->steps[index_].transitions.push_back(
      {std::move(target_state), std::move(excluded.states), false, std::move(hook)});
  return *this;
}

step_builder& step_builder::transition(std::string target_state, transition_hook hook) {
  return transition(std::move(target_state), not_from{}, std::move(hook));
}

step_builder& step_builder::on(std::string event_name, step_handler handler,
                               handler_options options) {
  data_->handlers.push_back({std::move(event_name),
                             std::move(options),
                             data_->steps[index_].key,
                             {},
                             std::move(handler)});
  return *this;
}

step_builder& step_builder::on_transition(transition_hook hook) {
  data_->steps[index_].on_transition.push_back(std::move(hook));
  return *this;
}

step_builder& step_builder::on_finished(step_hook hook) {
  data_->steps[index_].on_finished.push_back(std::move(hook));
  return *this;
}

step_builder& step_builder::on_error(step_hook hook) {
  data_->steps[index_].on_error.push_back(std::move(hook));
  return *this;
}

step_builder& step_builder::on_recovered(step_hook hook) {
  data_->steps[index_].on_recovered.push_back(std::move(hook));
  return *this;
}

definition_builder::definition_builder(std::string key, engine::revision number)
    : data_(std::make_unique<definition_data>()) {
  data_->title = key;
  data_->key = std::move(key);
  data_->revision = number.number;
}

definition_builder::definition_builder(definition_builder&&) noexcept = default;
definition_builder& definition_builder::operator=(definition_builder&&) noexcept = default;
definition_builder::~definition_builder() = default;

definition_builder& definition_builder::title(std::string text) {
  data_->title = std::move(text);
  return *this;
}

definition_builder& definition_builder::desc(std::string text) {
  data_->desc = std::move(text);
  return *this;
}

definition_builder& definition_builder::in_namespace(std::string name) {
  data_->wf_namespace = std::move(name);
  return *this;
}

definition_builder& definition_builder::role(std::string key, std::string title) {
  data_->roles.push_back({std::move(key), std::move(title)});
  return *this;
}

definition_builder& definition_builder::stage(std::string key, std::string title,
                                              stage_options options) {
  data_->stages.push_back({std::move(key), std::move(title), std::move(options)});
  return *this;
}

step_builder definition_builder::step(std::string key, step_options options) {
  if (options.title.empty()) options.title = key;
  step_definition& added = data_->steps.emplace_back();
  added.key = std::move(key);
  added.options = std::move(options);
  return {*data_, data_->steps.size() - 1};
}

definition_builder& definition_builder::on(std::string event_name, workflow_handler handler,
                                           handler_options options) {
  data_->handlers.push_back(
      {std::move(event_name), std::move(options), {}, std::move(handler), {}});
  return *this;
}

definition_builder& definition_builder::when_a_handler_throws(on_exception policy) {
  data_->policy = policy;
  return *this;
}

definition_builder& definition_builder::starts_on(std::string event_name) {
  data_->started_by.insert(std::move(event_name));
  return *this;
}

definition_builder& definition_builder::keep_early(std::string event_name,
                                                   std::chrono::milliseconds how_long) {
  data_->kept_early[std::move(event_name)] = how_long;
  return *this;
}

definition_builder& definition_builder::on_started(workflow_hook hook) {
  data_->on_started.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_step_added(step_hook hook) {
  data_->on_step_added.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_degraded(workflow_hook hook) {
  data_->on_degraded.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_paused(workflow_hook hook) {
  data_->on_paused.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_resumed(workflow_hook hook) {
  data_->on_resumed.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_completed(workflow_hook hook) {
  data_->on_completed.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_cancelled(workflow_hook hook) {
  data_->on_cancelled.push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_aborted(workflow_hook hook) {
  data_->on_aborted.push_back(std::move(hook));
  return *this;
}

definition definition_builder::build() const {
  definition_check{*data_}.run();
  auto built = std::make_shared<definition_data>(*data_);
  for (std::size_t i = 0; i < built->handlers.size(); ++i)
    built->handlers_of_event[built->handlers[i].event_name].push_back(i);
  for (std::size_t i = 0; i < built->steps.size(); ++i)
    built->place_of_step.emplace(built->steps[i].key, i);
  for (auto& [name, order] : built->handlers_of_event)
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
      return built->handlers[left].options.priority < built->handlers[right].options.priority;
    });
  return definition{std::move(built)};
}

}  // namespace nava::engine
