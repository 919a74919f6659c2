// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "engine/runner.hpp"

namespace nava::engine {
namespace {

// The value of `key` in the first of the layers that has it.
json::value recalled(std::initializer_list<const json::object*> layers, std::string_view key) {
  for (const json::object* layer : layers)
    if (const json::value* found = layer->if_contains(key)) return *found;
  return nullptr;
}

}  // namespace

const schema::workflow_step& step_context::row() const { return runner_->step(id_); }

workflow_context step_context::workflow() const { return workflow_context{*runner_}; }

step_context step_context::add_step(std::string_view step_key, add_step_options options) {
  return {*runner_, runner_->add_step(step_key, options, id_)};
}

step_context& step_context::transit(std::string_view state) {
  runner_->transit(id_, state);
  return *this;
}

step_context& step_context::label(std::string text) {
  runner_->label(id_, std::move(text));
  return *this;
}

step_context& step_context::fail(std::string_view message) {
  runner_->fail(id_, message);
  return *this;
}

step_context& step_context::recover() {
  runner_->recover(id_);
  return *this;
}

step_context& step_context::ignore() {
  runner_->ignore(id_);
  return *this;
}

step_context& step_context::cancel() {
  runner_->cancel_step(id_);
  return *this;
}

step_context& step_context::memorize(const json::object& values) {
  runner_->memorize_step(id_, values);
  return *this;
}

json::value step_context::recall(std::string_view key) const {
  const auto& memory = runner_->state().memory;
  return recalled({&memory.params, &row().memory, &memory.memory}, key);
}

uuid step_context::add_task(std::string_view name, const json::object& input,
                            const task_options& options) {
  return runner_->add_task(name, input, options, id_);
}

step_context& step_context::message(std::string_view content) {
  runner_->message(row().step_key, content);
  return *this;
}

const schema::workflow& workflow_context::row() const { return runner_->state().workflow; }

timestamp workflow_context::now() const { return runner_->now(); }

const json::object& workflow_context::params() const { return runner_->state().memory.params; }

const std::vector<schema::workflow_step>& workflow_context::steps() const {
  return runner_->state().steps;
}

const std::vector<schema::workflow_participant>& workflow_context::participants() const {
  return runner_->state().participants;
}

const std::vector<schema::workflow_task>& workflow_context::open_tasks() const {
  return runner_->state().tasks;
}

step_context workflow_context::step(std::string_view step_key) {
  const schema::workflow_step* found = nullptr;
  for (const auto& candidate : steps()) {
    if (candidate.step_key != step_key || is_finished(candidate.status)) continue;
    if (found != nullptr)
      throw action_refused{
          fmt::format("several steps '{}' are open; name one by its selector", step_key)};
    found = &candidate;
  }
  if (found == nullptr) throw action_refused{fmt::format("no step '{}' is open", step_key)};
  return {*runner_, found->id};
}

step_context workflow_context::step(const uuid& selector) {
  const auto found = std::find_if(steps().begin(), steps().end(), [&](const auto& candidate) {
    return candidate.selector == selector;
  });
  if (found == steps().end())
    throw action_refused{fmt::format("no step has the selector {}", schema::to_text(selector))};
  return {*runner_, found->id};
}

step_context workflow_context::add_step(std::string_view step_key, add_step_options options) {
  return {*runner_, runner_->add_step(step_key, options, std::nullopt)};
}

void workflow_context::transit_step(const uuid& selector, std::string_view state) {
  step(selector).transit(state);
}

workflow_context& workflow_context::memorize(const json::object& values) {
  runner_->memorize(values);
  return *this;
}

json::value workflow_context::recall(std::string_view key) const {
  const auto& memory = runner_->state().memory;
  return recalled({&memory.params, &memory.memory}, key);
}

workflow_context& workflow_context::output(const json::object& values) {
  runner_->output(values);
  return *this;
}

workflow_context& workflow_context::add_participant(std::string_view role,
                                                    std::string_view user_id) {
  runner_->add_participant(role, user_id);
  return *this;
}

workflow_context& workflow_context::del_participant(std::string_view role,
                                                    std::string_view user_id) {
  runner_->del_participant(role, user_id);
  return *this;
}

uuid workflow_context::add_task(std::string_view name, const json::object& input,
                                const task_options& options) {
  return runner_->add_task(name, input, options, std::nullopt);
}

void workflow_context::cancel_task(const uuid& task_id) { runner_->cancel_task(task_id); }

workflow_context& workflow_context::message(std::string_view content) {
  runner_->message("workflow", content);
  return *this;
}

void workflow_context::pause() { runner_->pause(); }

void workflow_context::resume() { runner_->resume(); }

void workflow_context::cancel() { runner_->cancel(); }

void workflow_context::abort() { runner_->abort(); }

}  // namespace nava::engine
