// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/definition_check.hpp"

namespace nava::engine {

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

step_builder& step_builder::add(hand_over how, step_hook hook) {
  data_->steps[index_].on_hand_over[static_cast<std::size_t>(how)].push_back(std::move(hook));
  return *this;
}

step_builder& step_builder::on_claimed(step_hook hook) {
  return add(hand_over::claimed, std::move(hook));
}

step_builder& step_builder::on_unclaimed(step_hook hook) {
  return add(hand_over::unclaimed, std::move(hook));
}

step_builder& step_builder::on_assigned(step_hook hook) {
  return add(hand_over::assigned, std::move(hook));
}

step_builder& step_builder::on_delegated(step_hook hook) {
  return add(hand_over::delegated, std::move(hook));
}

step_builder& step_builder::on_resolved(step_hook hook) {
  return add(hand_over::resolved, std::move(hook));
}

step_builder& step_builder::on_escalated(step_hook hook) {
  return add(hand_over::escalated, std::move(hook));
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

definition_builder& definition_builder::keep_hash_chain() {
  data_->keeps_hash_chain = true;
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
  check(*data_);
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
