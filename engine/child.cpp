// SPDX-License-Identifier: Apache-2.0
#include "engine/child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <nava/schema/text.hpp>
#include <nava/workflow/error.hpp>

#include "engine/own_task.hpp"
#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

using namespace schema;

constexpr std::array<std::string_view, 3> fate_names{"cancel", "leave", "refuse"};

constexpr std::size_t child_title_bytes_max = 1'000;
// Of what cannot succeed by itself: a hook of the child that throws, say.
constexpr std::int64_t attempts_to_start = 5;

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
  check_key("the queue", own_queue(wfdef_key));
  check_key("the definition", wfdef_key);
  check_key("the resource's name", about.name);
  check_key("the resource's id", about.id);
  const workflow& parent = runner.state().workflow;
  if (wfdef_key == parent.wfdef_key && about.name == parent.resource_name &&
      about.id == parent.resource_id)
    throw action_refused{fmt::format("workflow '{}' of {}/{} cannot be a child of itself",
                                     wfdef_key, about.name, about.id)};
  if (options.title.size() > child_title_bytes_max)
    throw action_refused{fmt::format("the title of a child has at most {} bytes; this has {}",
                                     child_title_bytes_max, options.title.size())};
  const json::object child{
      {"definition", wfdef_key},
      {"resource_name", about.name},
      {"resource_id", about.id},
      {"when_cancelled", fate_names[static_cast<std::size_t>(options.when_cancelled)]}};
  task_options waits = own_task(parent.wfdef_key);
  waits.ts_due = runner.now() + first_look_at_child;
  const uuid id = runner.store_task(child_task, child, waits, step_id);
  json::object start = child;
  start["task"] = to_text(id);
  start["params"] = params;
  if (!options.title.empty()) start["title"] = options.title;
  if (parent.company_id) start["company_id"] = *parent.company_id;
  task_options starts = own_task(wfdef_key);
  starts.attempts_max = attempts_to_start;
  (void)runner.store_task(child_start_task, start, starts, step_id);
  return id;
}

child_end child_end_of(const workflow_task& task, const task_end& ended) {
  const child_request asked = child_request_of(task.input);
  child_end end;
  end.task_id = task.id;
  end.wfdef_key = asked.wfdef_key;
  end.about = asked.about;
  end.status = workflow_status::failed;
  end.error = ended.error;
  if (const json::value* error = ended.result.if_contains("error"); error && error->is_string())
    end.error = std::string{error->get_string()};
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

template <class Hooks>
const auto& child_hooks_for(const Hooks& hooks, const child_end& end) {
  static const typename Hooks::mapped_type none;
  const auto found = hooks.find(end.wfdef_key);
  return found == hooks.end() ? none : found->second;
}

}  // namespace

child_request child_request_of(const json::object& input) {
  child_request asked;
  asked.wfdef_key = text_in(input, "definition");
  asked.about = {text_in(input, "resource_name"), text_in(input, "resource_id")};
  if (const json::value* params = input.if_contains("params"); params && params->is_object())
    asked.params = params->get_object();
  if (input.contains("title")) asked.title = text_in(input, "title");
  if (input.contains("company_id")) asked.company_id = text_in(input, "company_id");
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
    if (workflow_id && task_id)
      return parent_link{*workflow_id, *task_id, text_in(*link, "definition")};
  }
  return std::nullopt;
}

json::object child_result(const workflow& child, const json::object& output) {
  json::object result{{"workflow_id", to_text(child.id)}, {"status", to_text(child.status)}};
  const std::size_t size = json::serialize(output).size();
  if (size <= child_output_bytes_max) {
    result["output"] = output;
  } else {
    result["status"] = to_text(workflow_status::failed);
    result["error"] = fmt::format(
        "the output of the child has {} bytes as JSON, {} are allowed; keep it elsewhere, and "
        "refer to it",
        size, child_output_bytes_max);
  }
  return result;
}

void tell_parent(runner& runner) {
  if (const auto parent = parent_of(runner.state().workflow))
    (void)runner.store_task(child_end_task, {}, own_task(parent->wfdef_key), std::nullopt);
}

void expect_no_child_that_refuses(const runner& runner, const std::optional<uuid>& step_id,
                                  std::string_view action) {
  for (const workflow_task& task : runner.state().tasks) {
    if (!is_open_child(task) || (step_id && task.step_id != step_id)) continue;
    const child_request asked = child_request_of(task.input);
    if (asked.when_cancelled == child_fate::refuse)
      throw action_refused{fmt::format("{} is refused while the child '{}' of {}/{} is running",
                                       action, asked.wfdef_key, asked.about.name, asked.about.id)};
  }
}

void cancel_children(runner& runner, const std::optional<uuid>& step_id) {
  const auto& tasks = runner.state().tasks;
  std::map<std::string, json::array> cancelled;  // by definition
  // By index, since a mutation changes the vector.
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    if (is_finished(tasks[i].status) || (step_id && tasks[i].step_id != step_id)) continue;
    const bool waits = tasks[i].name == child_task, starts = tasks[i].name == child_start_task;
    if (!waits && !starts) continue;
    const uuid id = tasks[i].id;
    const child_request asked = child_request_of(tasks[i].input);
    // A child that is to go on without its parent is started all the same.
    if (starts && asked.when_cancelled == child_fate::leave) continue;
    workflow_context{runner}.cancel_task(id);
    if (waits && asked.when_cancelled != child_fate::leave)
      cancelled[asked.wfdef_key].emplace_back(to_text(id));
  }
  for (auto& [wfdef_key, ids] : cancelled)
    (void)runner.store_task(child_cancel_task,
                            {{"tasks", std::move(ids)}, {"at", to_text(runner.now())}},
                            own_task(wfdef_key), std::nullopt);
}

void run_child_hooks(runner& runner, const workflow_task& task, const task_end& ended) {
  const child_end end = child_end_of(task, ended);
  const auto workflow_is_open = [&] { return !is_finished(runner.state().workflow.status); };
  const auto open_step = [&]() -> const workflow_step* {
    const auto* step = task.step_id ? find_row(runner.state().steps, *task.step_id) : nullptr;
    return step != nullptr && !is_finished(step->status) && workflow_is_open() ? step : nullptr;
  };
  if (const auto* step = open_step())
    for (const auto& hook : child_hooks_for(runner.definition_of(*step).on_child_finished, end))
      if (open_step() != nullptr) {
        step_context context{runner, *task.step_id};
        hook(context, end);
      }
  workflow_context context{runner};
  for (const auto& hook : child_hooks_for(runner.definition().on_child_finished, end))
    if (workflow_is_open()) hook(context, end);
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
