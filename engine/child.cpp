// SPDX-License-Identifier: Apache-2.0
#include "engine/child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

using namespace schema;

constexpr std::array<std::string_view, 3> fate_names{"cancel", "leave", "refuse"};

// As for timers: the death of a worker must not end a child.
constexpr std::int64_t attempts_of_own_tasks = 1'000'000'000;

task_options own_task() {
  task_options options;
  options.attempts_max = attempts_of_own_tasks;
  return options;
}

std::string text_in(const json::object& values, std::string_view key) {
  const json::value* found = values.if_contains(key);
  if (found == nullptr || !found->is_string())
    throw action_refused{fmt::format("the task of a child has no '{}'", key)};
  return std::string{found->get_string()};
}

bool is_open_child(const workflow_task& task) {
  return task.name == child_task && !is_finished(task.status);
}

void check_key(std::string_view what, std::string_view text) {
  if (text.empty() || text.size() > key_bytes_max)
    throw action_refused{fmt::format("{} of a child has 1 to {} bytes; this has {}", what,
                                     key_bytes_max, text.size())};
}

uuid start_child_of(runner& runner, std::string_view wfdef_key, const resource& about,
                    const json::object& params, const child_options& options,
                    const std::optional<uuid>& step_id) {
  runner.guard("start_child", working);
  check_key("the queue", child_queue(wfdef_key));
  check_key("the definition", wfdef_key);
  check_key("the resource's name", about.name);
  check_key("the resource's id", about.id);
  const workflow& parent = runner.state().workflow;
  if (wfdef_key == parent.wfdef_key && about.name == parent.resource_name &&
      about.id == parent.resource_id)
    throw action_refused{fmt::format("workflow '{}' of {}/{} cannot be a child of itself",
                                     wfdef_key, about.name, about.id)};
  json::object input{
      {"definition", wfdef_key},
      {"resource_name", about.name},
      {"resource_id", about.id},
      {"params", params},
      {"when_cancelled", fate_names[static_cast<std::size_t>(options.when_cancelled)]}};
  if (!options.title.empty()) input["title"] = options.title;
  task_options task = own_task();
  task.queue = child_queue(wfdef_key);
  return runner.store_task(child_task, input, task, step_id);
}

child_end child_end_of(const workflow_task& task, const task_end& ended) {
  const child_request asked = child_request_of(task.input);
  child_end end;
  end.task_id = task.id;
  end.wfdef_key = asked.wfdef_key;
  end.about = asked.about;
  end.status = workflow_status::failed;
  end.error = ended.error;
  if (const json::value* id = ended.result.if_contains("workflow_id"))
    end.workflow_id = parse_uuid(id->as_string());
  if (const json::value* status = ended.result.if_contains("status"))
    end.status = from_text<workflow_status>(status->as_string()).value_or(workflow_status::failed);
  if (const json::value* output = ended.result.if_contains("output"))
    end.output = output->as_object();
  if (!end.succeeded() && !end.error)
    end.error = fmt::format("the child is {}", to_text(end.status));
  return end;
}

template <class Hooks, class Context>
void run_hooks_of(const Hooks& hooks, const child_end& end, Context context) {
  const auto found = hooks.find(end.wfdef_key);
  if (found == hooks.end()) return;
  for (const auto& hook : found->second) hook(context, end);
}

}  // namespace

child_request child_request_of(const json::object& input) {
  child_request asked;
  asked.wfdef_key = text_in(input, "definition");
  asked.about = {text_in(input, "resource_name"), text_in(input, "resource_id")};
  if (const json::value* params = input.if_contains("params"); params && params->is_object())
    asked.params = params->get_object();
  if (input.contains("title")) asked.title = text_in(input, "title");
  const auto fate =
      std::find(fate_names.begin(), fate_names.end(), text_in(input, "when_cancelled"));
  if (fate == fate_names.end())
    throw action_refused{"the task of a child is of another version of Nava"};
  asked.when_cancelled = static_cast<child_fate>(fate - fate_names.begin());
  return asked;
}

std::optional<parent_link> parent_of(const workflow& row) {
  for (const json::value& tag : row.sys_tag) {
    const json::object* link = tag.if_object();
    if (link == nullptr || !link->contains("parent") || !link->contains("task")) continue;
    const auto workflow_id = parse_uuid(text_in(*link, "parent"));
    const auto task_id = parse_uuid(text_in(*link, "task"));
    if (workflow_id && task_id) return parent_link{*workflow_id, *task_id};
  }
  return std::nullopt;
}

std::string child_queue(std::string_view wfdef_key) {
  return fmt::format("{}:{}", child_task, wfdef_key);
}

json::object child_result(const workflow& child, const json::object& output) {
  return {
      {"workflow_id", to_text(child.id)}, {"status", to_text(child.status)}, {"output", output}};
}

void tell_parent(runner& runner) {
  if (parent_of(runner.state().workflow))
    (void)runner.store_task(child_end_task, {}, own_task(), std::nullopt);
}

void expect_no_child_that_refuses(const runner& runner, std::string_view action) {
  for (const workflow_task& task : runner.state().tasks) {
    if (!is_open_child(task)) continue;
    const child_request asked = child_request_of(task.input);
    if (asked.when_cancelled == child_fate::refuse)
      throw action_refused{fmt::format("{} is refused while the child '{}' of {}/{} is running",
                                       action, asked.wfdef_key, asked.about.name, asked.about.id)};
  }
}

void cancel_children(runner& runner, const std::optional<uuid>& step_id) {
  const auto& tasks = runner.state().tasks;
  // By index, since a mutation changes the vector.
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (!is_open_child(tasks[i]) || (step_id && tasks[i].step_id != step_id)) continue;
    const uuid id = tasks[i].id;
    json::object input = tasks[i].input;
    const bool is_left = child_request_of(input).when_cancelled == child_fate::leave;
    workflow_context{runner}.cancel_task(id);
    if (is_left) continue;
    input.erase("params");
    input["task"] = to_text(id);
    (void)runner.store_task(child_cancel_task, input, own_task(), std::nullopt);
  }
}

void run_child_hooks(runner& runner, const workflow_task& task, const task_end& ended) {
  const child_end end = child_end_of(task, ended);
  const auto* step = task.step_id ? find_row(runner.state().steps, *task.step_id) : nullptr;
  if (step != nullptr && !is_finished(step->status))
    run_hooks_of(runner.definition_of(*step).on_child_finished, end,
                 step_context{runner, step->id});
  run_hooks_of(runner.definition().on_child_finished, end, workflow_context{runner});
}

uuid step_context::start_child(std::string_view wfdef_key, const resource& about,
                               const json::object& params, const child_options& options) {
  (void)runner_->guard_step("start_child", id_, step_status::active);
  return start_child_of(*runner_, wfdef_key, about, params, options, id_);
}

uuid workflow_context::start_child(std::string_view wfdef_key, const resource& about,
                                   const json::object& params, const child_options& options) {
  return start_child_of(*runner_, wfdef_key, about, params, options, std::nullopt);
}

step_builder& step_builder::on_child_finished(std::string wfdef_key, step_child_hook hook) {
  data_->steps[index_].on_child_finished[std::move(wfdef_key)].push_back(std::move(hook));
  return *this;
}

definition_builder& definition_builder::on_child_finished(std::string wfdef_key,
                                                          workflow_child_hook hook) {
  data_->on_child_finished[std::move(wfdef_key)].push_back(std::move(hook));
  return *this;
}

}  // namespace nava::engine
