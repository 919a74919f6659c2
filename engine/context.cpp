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

std::string_view step_context::last_state() const {
  const auto& from = row().stm_from;
  return from ? std::string_view{*from} : std::string_view{};
}

const json::object& step_context::params() const { return runner_->state().memory.params; }

const json::object& step_context::memory() const { return row().memory; }

const json::object& step_context::output() const { return runner_->state().memory.output; }

json::value step_context::recall(std::string_view key) const {
  return recalled({&params(), &memory(), &workflow().memory()}, key);
}

const schema::workflow& workflow_context::row() const { return runner_->state().workflow; }

const std::optional<std::string>& workflow_context::actor() const { return runner_->actor(); }

void workflow_context::insert_row(const schema::table_description& table, json::object row) {
  runner_->insert_row(table, std::move(row));
}

timestamp workflow_context::now() const { return runner_->now(); }

const json::object& workflow_context::params() const { return runner_->state().memory.params; }

const json::object& workflow_context::memory() const { return runner_->state().memory.memory; }

const json::object& workflow_context::output() const { return runner_->state().memory.output; }

json::value workflow_context::recall(std::string_view key) const {
  return recalled({&params(), &memory()}, key);
}

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

bool workflow_context::all_finished(std::initializer_list<std::string_view> step_keys) const {
  // All of them, before an unfinished step hides that a later key is misspelt.
  for (const std::string_view key : step_keys) (void)runner_->kind_of_step(key);
  return std::all_of(step_keys.begin(), step_keys.end(), [&](std::string_view key) {
    bool exists = false;
    for (const auto& candidate : steps()) {
      if (candidate.step_key != key) continue;
      if (!is_finished(candidate.status)) return false;
      exists = true;
    }
    return exists;
  });
}

}  // namespace nava::engine
