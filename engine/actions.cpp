// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/workflow/id.hpp>
#include <nava/workflow/storable.hpp>

#include "engine/runner.hpp"

namespace nava::engine {
namespace {

using namespace schema;

using enum workflow_status;

constexpr auto open_tasks_max = static_cast<std::ptrdiff_t>(open_tasks_per_workflow_max);

bool is_open(const workflow_task& task) { return !is_finished(task.status); }

// Values as they will be loaded again: a handler must not see a number change its type.
json::object stored_form(const json::object& values, std::string_view where,
                         std::size_t levels_above = 1) {
  check_size(least_size(values), where);
  json::value form = values;
  make_storable(form, where, levels_above);
  return std::move(form.get_object());
}

std::string_view view(const std::optional<std::string>& text) {
  return text ? std::string_view{*text} : std::string_view{};
}

// Before texts of an application are copied.
void check_texts(std::string_view where, std::initializer_list<std::string_view> texts) {
  std::size_t bytes = 0;
  for (const std::string_view each : texts) bytes += each.size();
  check_size(bytes, where);
}

}  // namespace

void runner::start(const start_request& request) {
  check_texts("a workflow", {request.resource.name, request.resource.id, request.title,
                             view(request.owner_id), view(request.company_id)});
  workflow row;
  row.id = request.workflow_id;
  row.wfdef_key = definition_.key;
  row.wfdef_rev = definition_.revision;
  row.wf_namespace = definition_.wf_namespace;
  row.resource_name = request.resource.name;
  row.resource_id = request.resource.id;
  row.owner_id = request.owner_id;
  row.company_id = request.company_id;
  row.title = request.title.empty() ? definition_.title : request.title;
  row.desc = definition_.desc;
  row.ts_expire = request.ts_expire;
  row.created = now_;
  row.updated = now_;
  row.revision = revision_;
  row.last_seq = state_.workflow.last_seq + 1;
  mutate(mutation_kind::initialize_workflow, "start", to_object<workflow_table>(row));
  mutate(mutation_kind::set_params, "start", stored_form(request.params, "params"));
  std::int64_t order = 0;
  for (const auto& stage : definition_.stages) {
    workflow_stage added;
    added.workflow_id = row.id;
    added.key = stage.key;
    added.stage_name = stage.title;
    added.stage_type = stage.options.type;
    added.desc = stage.options.desc;
    added.order = ++order;
    mutate(mutation_kind::add_stage, "start", to_object<workflow_stage_table>(added));
  }
  set_workflow_status("start", active, {{"ts_start", text(to_text(now_))}});
  run(definition_.on_started);
}

uuid runner::add_step(std::string_view step_key, const add_step_options& options,
                      const std::optional<uuid>& src_step) {
  guard("add_step", {active, degraded});
  const step_definition* kind = definition_.step(step_key);
  if (kind == nullptr)
    throw action_refused{
        fmt::format("definition '{}' has no step '{}'", definition_.key, step_key)};
  if (state_.steps.size() >= steps_per_workflow_max)
    throw action_refused{
        fmt::format("a workflow has at most {} steps; split it", steps_per_workflow_max)};
  const auto same = std::count_if(state_.steps.begin(), state_.steps.end(),
                                  [&](const auto& other) { return other.step_key == step_key; });
  if (same > 0 && !kind->options.repeats)
    throw action_refused{fmt::format(
        "step '{}' is there already and its definition does not let it repeat", step_key)};

  check_texts("a step", {options.title, view(options.desc), view(options.owner_id)});
  workflow_step row;
  row.id = step_id(state_.workflow.id, step_key, static_cast<std::uint64_t>(same) + 1);
  row.index = static_cast<std::int64_t>(state_.steps.size()) + 1;
  row.step_key = step_key;
  row.stage_key = kind->options.stage;
  row.title = options.title.empty() ? kind->options.title : options.title;
  row.desc = options.desc ? options.desc : kind->options.desc;
  row.selector = options.selector.value_or(row.id);
  if (std::any_of(state_.steps.begin(), state_.steps.end(),
                  [&](const auto& other) { return other.selector == row.selector; }))
    throw action_refused{fmt::format("another step has the selector {}", to_text(row.selector))};
  // One that was made by another rule of ids.
  if (find_step(state_, row.id) != nullptr)
    throw action_refused{fmt::format("another step has the id {}", to_text(row.id))};
  row.src_step = src_step;
  row.owner_id = options.owner_id;
  row.stm_state = state_created;
  row.ts_due = options.ts_due;
  row.ts_start = now_;
  json::object patch = to_object<workflow_step_table>(row);
  patch.erase("workflow_id");
  mutate(mutation_kind::add_step, "add_step", std::move(patch), row.id);
  reconcile();
  run(definition_.on_step_added, row.id);
  return row.id;
}

void runner::set_step_status(std::string_view action, const uuid& id, step_status status,
                             json::object more) {
  more["status"] = to_text(status);
  if (is_finished(status)) more["ts_finish"] = text(to_text(now_));
  mutate(mutation_kind::update_step, action, std::move(more), id);
}

void runner::transit(const uuid& id, std::string_view to) {
  const workflow_step& row = guard_step("transit", id, step_status::active);
  const step_definition& kind = definition_of(row);
  const std::string from = row.stm_state;
  if (to == state_created || !kind.has_state(to))
    throw action_refused{fmt::format("step '{}' has no state '{}' to enter", kind.key, to)};
  const transition_definition* transition = kind.transition_to(to);
  if (transition != nullptr && !transition->allows(from))
    throw action_refused{fmt::format("step '{}' cannot go from {} to {}; {}: {}", kind.key, from,
                                     to,
                                     transition->states_are_allowed ? "allowed from" : "not from",
                                     fmt::join(transition->states, ", "))};

  json::object patch{{"stm_state", text(to)}, {"ts_transit", text(to_text(now_))}};
  if (to == state_finished)
    set_step_status("transit", id, step_status::completed, std::move(patch));
  else
    mutate(mutation_kind::update_step, "transit", std::move(patch), id);
  reconcile();

  if (transition != nullptr && transition->hook) run(transition->hook, id, from);
  for (const auto& hook : kind.on_transition) run(hook, id, from);
  if (to == state_finished) run(kind.on_finished, id);
}

void runner::label(const uuid& id, std::string label_text) {
  guard_step("label", id, step_status::active);
  check_texts("a label", {label_text});
  mutate(mutation_kind::update_step, "label", {{"stm_label", text(label_text)}}, id);
}

void runner::fail(const uuid& id, std::string_view why) {
  const workflow_step& row = guard_step("fail", id, step_status::active);
  const step_definition& kind = definition_of(row);
  set_step_status("fail", id, step_status::error);
  message(kind.key, why);
  reconcile();
  run(kind.on_error, id);
}

void runner::recover(const uuid& id) {
  const step_definition& kind = definition_of(guard_step("recover", id, step_status::error));
  set_step_status("recover", id, step_status::active);
  reconcile();
  run(kind.on_recovered, id);
}

void runner::ignore(const uuid& id) {
  guard_step("ignore", id, step_status::error);
  set_step_status("ignore", id, step_status::ignored);
  reconcile();
}

void runner::cancel_step(const uuid& id) {
  guard_step("cancel", id, step_status::active);
  set_step_status("cancel", id, step_status::cancelled);
  reconcile();
}

void runner::memorize_step(const uuid& id, const json::object& values) {
  guard("memorize", {created, active, degraded, paused});
  (void)step(id);
  mutate(mutation_kind::set_step_memory, "memorize", stored_form(values, "memory"), id);
}

void runner::memorize(const json::object& values) {
  guard("memorize", {created, active, degraded, paused});
  mutate(mutation_kind::set_memory, "memorize", stored_form(values, "memory"));
}

void runner::output(const json::object& values) {
  guard("output", {created, active, degraded, paused});
  mutate(mutation_kind::set_output, "output", stored_form(values, "output"));
}

void runner::add_participant(std::string_view role, std::string_view user_id) {
  guard("add_participant", {created, active, degraded, paused});
  if (std::none_of(definition_.roles.begin(), definition_.roles.end(),
                   [&](const auto& known) { return known.key == role; }))
    throw action_refused{fmt::format("definition '{}' has no role '{}'", definition_.key, role)};
  check_texts("a participant", {user_id});
  const bool is_there =
      std::any_of(state_.participants.begin(), state_.participants.end(),
                  [&](const auto& row) { return row.role == role && row.user_id == user_id; });
  if (is_there) return;
  mutate(mutation_kind::add_participant, "add_participant",
         {{"role", text(role)}, {"user_id", text(user_id)}});
}

void runner::del_participant(std::string_view role, std::string_view user_id) {
  guard("del_participant", {created, active, degraded, paused});
  const bool is_there =
      std::any_of(state_.participants.begin(), state_.participants.end(),
                  [&](const auto& row) { return row.role == role && row.user_id == user_id; });
  if (!is_there)
    throw action_refused{fmt::format("there is no such participant in role '{}'", role)};
  mutate(mutation_kind::del_participant, "del_participant",
         {{"role", text(role)}, {"user_id", text(user_id)}});
}

uuid runner::add_task(std::string_view name, const json::object& input, const task_options& options,
                      const std::optional<uuid>& step_id) {
  guard("add_task", {created, active, degraded, paused});
  if (options.attempts_max < 1)
    throw action_refused{fmt::format("task '{}' needs at least one attempt", name)};
  if (std::count_if(state_.tasks.begin(), state_.tasks.end(), is_open) >= open_tasks_max)
    throw action_refused{
        fmt::format("a workflow has at most {} open tasks; split it", open_tasks_max)};
  check_texts("a task", {name, view(options.desc)});
  workflow_task row;
  row.id = derived_id(now_, transaction_id_, ++tasks_made_);
  row.step_id = step_id;
  row.name = name;
  row.desc = options.desc;
  // In the mutation, a task's input lies within the row.
  row.input = stored_form(input, "input", 2);
  row.attempts_max = options.attempts_max;
  row.ts_due = options.ts_due;
  row.ts_expire = options.ts_expire;
  json::object patch = to_object<workflow_task_table>(row);
  patch.erase("workflow_id");
  mutate(mutation_kind::add_task, "add_task", std::move(patch), step_id);
  return row.id;
}

void runner::cancel_task(const uuid& task_id) {
  guard("cancel_task", {created, active, degraded, paused});
  const workflow_task* row = find_task(state_, task_id);
  if (row == nullptr || is_finished(row->status))
    throw action_refused{fmt::format("the workflow has no open task {}", to_text(task_id))};
  mutate(mutation_kind::update_task, "cancel_task",
         {{"_id", text(to_text(task_id))},
          {"status", text(to_text(task_status::cancelled))},
          {"ts_end", text(to_text(now_))}});
}

void runner::message(std::string_view source, std::string_view content) {
  guard("message", {created, active, degraded, paused});
  check_texts("a message", {source, content});
  messages_.push_back(
      {state_.workflow.id, next_seq(), now_, std::string{source}, std::string{content}});
}

void runner::set_workflow_status(std::string_view action, workflow_status status,
                                 json::object more) {
  more["status"] = text(to_text(status));
  mutate(mutation_kind::set_state, action, std::move(more));
}

void runner::pause() {
  guard("pause", {active});
  set_workflow_status("pause", workflow_status::paused,
                      {{"paused", text(to_text(state_.workflow.status))}});
  run(definition_.on_paused);
}

void runner::resume() {
  guard("resume", {workflow_status::paused});
  set_workflow_status("resume", state_.workflow.paused.value_or(active), {{"paused", nullptr}});
  reconcile();
  run(definition_.on_resumed);
}

void runner::close_open_work(std::string_view action) {
  // By index, since a mutation changes the vector that a reference would point into.
  for (std::size_t i = 0; i < state_.steps.size(); ++i)
    if (state_.steps[i].status == step_status::active)
      set_step_status(action, state_.steps[i].id, step_status::cancelled);
  for (std::size_t i = 0; i < state_.tasks.size(); ++i)
    if (!is_finished(state_.tasks[i].status)) cancel_task(state_.tasks[i].id);
}

void runner::end_workflow(std::string_view action, workflow_status status,
                          const std::vector<workflow_hook>& hooks) {
  // The status turns last, so the guard alone would let a hook begin the end again.
  if (is_ending_)
    throw action_refused{fmt::format("{} is refused while the workflow ends", action)};
  is_ending_ = true;
  struct ending {
    ~ending() { flag_ = false; }
    bool& flag_;
  } const until_return{is_ending_};
  run(hooks);
  close_open_work(action);
  reconcile();
  json::object more{{"ts_finish", text(to_text(now_))}};
  if (state_.workflow.paused) more["paused"] = nullptr;
  set_workflow_status(action, status, std::move(more));
}

void runner::cancel() {
  guard("cancel", {created, active, degraded, paused});
  end_workflow("cancel", cancelled, definition_.on_cancelled);
}

void runner::abort() {
  guard("abort", {degraded});
  end_workflow("abort", failed, definition_.on_aborted);
}

}  // namespace nava::engine
