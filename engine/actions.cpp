// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/workflow/id.hpp>
#include <nava/workflow/to_object.hpp>

#include "engine/child.hpp"
#include "engine/runner.hpp"
#include "engine/tags.hpp"
#include "engine/timer.hpp"
#include "workflow/storable.hpp"

/// The verbs: each guards, changes the state by mutations, reconciles it and runs its hooks.
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

// A row as its mutation records it: without the workflow's id, which the mutation has beside it.
template <class Table>
json::object child_row(const typename Table::row_type& row) {
  json::object values = to_object<Table>(row);
  values.erase(name_of<Table, &Table::row_type::workflow_id>);
  return values;
}

json::object participant(std::string_view role, std::string_view user_id) {
  return patch<workflow_participant_table>{}
      .set<&workflow_participant::role>(role)
      .set<&workflow_participant::user_id>(user_id)
      .values();
}

bool has_participant(const workflow_state& state, std::string_view role, std::string_view user_id) {
  return std::any_of(state.participants.begin(), state.participants.end(),
                     [&](const auto& row) { return row.role == role && row.user_id == user_id; });
}

step_context add_step_to(runner& runner, std::string_view step_key, const add_step_options& options,
                         const std::optional<uuid>& src_step) {
  runner.guard("add_step", working);
  const auto& steps = runner.state().steps;
  const step_definition& kind = runner.kind_of_step(step_key);
  if (steps.size() >= steps_per_workflow_max)
    throw action_refused{
        fmt::format("a workflow has at most {} steps; split it", steps_per_workflow_max)};
  const auto same = std::count_if(steps.begin(), steps.end(),
                                  [&](const auto& other) { return other.step_key == step_key; });
  if (same > 0 && !kind.options.repeats)
    throw action_refused{fmt::format(
        "step '{}' is there already and its definition does not let it repeat", step_key)};

  if (options.owner_id) check_owner(*options.owner_id);
  check_texts("a step", {options.title, view(options.desc), view(options.owner_id)});
  workflow_step row;
  row.id = step_id(runner.state().workflow.id, step_key, static_cast<std::uint64_t>(same) + 1);
  row.index = static_cast<std::int64_t>(steps.size()) + 1;
  row.step_key = step_key;
  row.stage_key = kind.options.stage;
  row.title = options.title.empty() ? kind.options.title : options.title;
  row.desc = options.desc ? options.desc : kind.options.desc;
  row.selector = options.selector.value_or(row.id);
  if (std::any_of(steps.begin(), steps.end(),
                  [&](const auto& other) { return other.selector == row.selector; }))
    throw action_refused{fmt::format("another step has the selector {}", to_text(row.selector))};
  // A step that was stored under another rule of ids may have this one.
  if (find_row(steps, row.id) != nullptr)
    throw action_refused{fmt::format("another step has the id {}", to_text(row.id))};
  row.src_step = src_step;
  row.owner_id = options.owner_id;
  row.stm_state = state_created;
  row.ts_due = options.ts_due;
  row.ts_start = runner.now();
  const candidates& may = options.candidates ? *options.candidates : kind.options.candidates;
  if (!may.empty()) row.candidates = runner.storable_candidates(may);
  row.priority = options.priority ? options.priority : kind.options.priority;
  if (row.priority) check_step_priority(*row.priority);
  row.ts_follow_up = options.ts_follow_up;
  runner.mutate(mutation_kind::add_step, "add_step", child_row<workflow_step_table>(row), row.id);
  if (row.ts_due && !kind.on_due.empty())
    set_timer(runner, {timer_kind::due, {}, row.id}, row.ts_due);
  if (options.ts_expire) expire_step_at(runner, row, options.ts_expire);
  runner.reconcile();
  runner.run(runner.definition().on_step_added, row.id);
  return {runner, row.id};
}

uuid add_task_to(runner& runner, std::string_view name, const json::object& input,
                 const task_options& options, const std::optional<uuid>& step_id) {
  runner.guard("add_task", unfinished);
  if (options.attempts_max < 1)
    throw action_refused{fmt::format("task '{}' needs at least one attempt", name)};
  const bool is_own = runner.definition().key.starts_with(runtime_prefix);
  for (const std::string_view text : {name, view(options.queue)})
    if (!is_own && text.starts_with(runtime_prefix))
      throw action_refused{
          fmt::format("task '{}': names and queues that begin with '{}' are the runtime's own",
                      name, runtime_prefix)};
  if (options.unique_key) {
    const auto open = runner.open_task_with(name, *options.unique_key);
    if (open && options.when_open == open_task::keep) return *open;
    if (open) workflow_context{runner}.cancel_task(*open);
  }
  return runner.store_task(name, input, options, step_id);
}

}  // namespace

std::optional<uuid> runner::open_task_with(std::string_view name,
                                           std::string_view unique_key) const {
  const auto& tasks = state_.tasks;
  const auto found = std::find_if(tasks.begin(), tasks.end(), [&](const workflow_task& each) {
    return is_open(each) && each.name == name && each.unique_key == unique_key;
  });
  if (found == tasks.end()) return std::nullopt;
  return found->id;
}

void runner::expect_room_for_task() const {
  const auto& tasks = state_.tasks;
  if (std::ssize(tasks) >= open_tasks_max &&
      std::count_if(tasks.begin(), tasks.end(), is_open) >= open_tasks_max)
    throw action_refused{
        fmt::format("a workflow has at most {} open tasks; split it", open_tasks_max)};
}

uuid runner::store_task(std::string_view name, const json::object& input,
                        const task_options& options, const std::optional<uuid>& step_id) {
  // What ends a workflow, or its family, must always be possible.
  const bool ends = name == child_end_task || name == child_cancel_task;
  if (!ends) expect_room_for_task();
  for (const std::string_view text : {name, view(options.queue), view(options.unique_key)})
    if (text.size() > key_bytes_max)
      throw action_refused{
          fmt::format("the name, the queue and the unique key of a task have at most {} bytes; "
                      "shorten them",
                      key_bytes_max)};
  check_texts("a task", {name, view(options.desc)});
  workflow_task row;
  row.id = next_task_id();
  row.step_id = step_id;
  row.name = name;
  row.desc = options.desc;
  // In the mutation, a task's input lies within the row.
  row.input = stored_form(input, "input", 2);
  row.attempts_max = options.attempts_max;
  row.ts_due = options.ts_due;
  row.ts_expire = options.ts_expire;
  row.queue = options.queue;
  row.unique_key = options.unique_key;
  if (options.priority != task_priority::normal)
    row.priority = static_cast<std::int64_t>(options.priority);
  mutate(mutation_kind::add_task, "add_task", child_row<workflow_task_table>(row), step_id);
  return row.id;
}

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
  for (const std::string& tag : request.tags) row.usr_tag = with_tag(std::move(row.usr_tag), tag);
  if (request.parent)
    row.sys_tag = {{{"parent", to_text(request.parent->workflow_id)},
                    {"task", to_text(request.parent->task_id)},
                    {"definition", request.parent->wfdef_key}}};
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
  set_workflow_status("start", active, workflow_patch{}.set<&workflow::ts_start>(now_));
  if (row.ts_expire && !definition_.on_expired.empty())
    set_timer(*this, {timer_kind::expired, {}, {}}, row.ts_expire);
  run(definition_.on_started);
}

step_context step_context::add_step(std::string_view step_key, add_step_options options) {
  return add_step_to(*runner_, step_key, options, id_);
}

step_context& step_context::transit(std::string_view state) {
  const workflow_step& row = runner_->guard_step("transit", id_, step_status::active);
  const step_definition& kind = runner_->definition_of(row);
  const std::string from = row.stm_state;
  if (state == state_created || !kind.has_state(state))
    throw action_refused{fmt::format("step '{}' has no state '{}' to enter", kind.key, state)};
  const transition_definition* transition = kind.transition_to(state);
  if (transition != nullptr && !transition->allows(from))
    throw action_refused{fmt::format("step '{}' cannot go from {} to {}; {}: {}", kind.key, from,
                                     state,
                                     transition->states_are_allowed ? "allowed from" : "not from",
                                     fmt::join(transition->states, ", "))};

  step_patch change;
  change.set<&workflow_step::stm_state>(state)
      .set<&workflow_step::ts_transit>(runner_->now())
      .set<&workflow_step::stm_from>(from);
  if (state == state_finished)
    runner_->set_step_status("transit", id_, step_status::completed, std::move(change));
  else
    runner_->update("transit", std::move(change), id_);
  runner_->reconcile();

  if (transition != nullptr && transition->hook) runner_->run(transition->hook, id_, from);
  for (const auto& hook : kind.on_transition) runner_->run(hook, id_, from);
  if (state == state_finished) runner_->run(kind.on_finished, id_);
  return *this;
}

step_context& step_context::label(std::string text) {
  runner_->guard_step("label", id_, step_status::active);
  check_texts("a label", {text});
  runner_->update("label", step_patch{}.set<&workflow_step::stm_label>(text), id_);
  return *this;
}

void fail_step(runner& runner, const uuid& step_id, std::string_view why, std::string_view action) {
  const auto& kind = runner.definition_of(runner.guard_step("fail", step_id, step_status::active));
  runner.set_step_status(action, step_id, step_status::error);
  runner.message(kind.key, why);
  runner.reconcile();
  runner.run(kind.on_error, step_id);
}

step_context& step_context::fail(std::string_view reason) {
  fail_step(*runner_, id_, reason, "fail");
  return *this;
}

step_context& step_context::recover() {
  const auto& kind =
      runner_->definition_of(runner_->guard_step("recover", id_, step_status::error));
  runner_->set_step_status("recover", id_, step_status::active);
  runner_->reconcile();
  runner_->run(kind.on_recovered, id_);
  return *this;
}

step_context& step_context::ignore() {
  runner_->guard_step("ignore", id_, step_status::error);
  runner_->set_step_status("ignore", id_, step_status::ignored);
  runner_->reconcile();
  return *this;
}

step_context& step_context::cancel() {
  runner_->guard_step("cancel", id_, step_status::active);
  expect_no_child_that_refuses(*runner_, id_, "cancel");
  runner_->set_step_status("cancel", id_, step_status::cancelled);
  cancel_children(*runner_, id_);
  runner_->reconcile();
  return *this;
}

step_context& step_context::memorize(const json::object& values) {
  runner_->guard("memorize", unfinished);
  (void)row();
  runner_->mutate(mutation_kind::set_step_memory, "memorize", stored_form(values, "memory"), id_);
  return *this;
}

uuid step_context::add_task(std::string_view name, const json::object& input,
                            const task_options& options) {
  return add_task_to(*runner_, name, input, options, id_);
}

step_context& step_context::message(std::string_view content) {
  runner_->message(row().step_key, content);
  return *this;
}

step_context workflow_context::add_step(std::string_view step_key, add_step_options options) {
  return add_step_to(*runner_, step_key, options, std::nullopt);
}

workflow_context& workflow_context::transit_step(const uuid& selector, std::string_view state) {
  step(selector).transit(state);
  return *this;
}

workflow_context& workflow_context::memorize(const json::object& values) {
  runner_->guard("memorize", unfinished);
  runner_->mutate(mutation_kind::set_memory, "memorize", stored_form(values, "memory"));
  return *this;
}

workflow_context& workflow_context::output(const json::object& values) {
  runner_->guard("output", unfinished);
  runner_->mutate(mutation_kind::set_output, "output", stored_form(values, "output"));
  return *this;
}

workflow_context& workflow_context::add_participant(std::string_view role,
                                                    std::string_view user_id) {
  runner_->guard("add_participant", unfinished);
  runner_->expect_role(role);
  check_texts("a participant", {user_id});
  if (!has_participant(runner_->state(), role, user_id))
    runner_->mutate(mutation_kind::add_participant, "add_participant", participant(role, user_id));
  return *this;
}

workflow_context& workflow_context::del_participant(std::string_view role,
                                                    std::string_view user_id) {
  runner_->guard("del_participant", unfinished);
  if (!has_participant(runner_->state(), role, user_id))
    throw action_refused{fmt::format("there is no such participant in role '{}'", role)};
  runner_->mutate(mutation_kind::del_participant, "del_participant", participant(role, user_id));
  return *this;
}

uuid workflow_context::add_task(std::string_view name, const json::object& input,
                                const task_options& options) {
  return add_task_to(*runner_, name, input, options, std::nullopt);
}

workflow_context& workflow_context::cancel_task(const uuid& task_id) {
  runner_->guard("cancel_task", unfinished);
  const workflow_task* task = find_row(open_tasks(), task_id);
  if (task == nullptr || !is_open(*task))
    throw action_refused{fmt::format("the workflow has no open task {}", to_text(task_id))};
  runner_->update("cancel_task", patch<workflow_task_table>{}
                                     .set<&workflow_task::id>(task_id)
                                     .set<&workflow_task::status>(task_status::cancelled)
                                     .set<&workflow_task::ts_end>(runner_->now()));
  return *this;
}

workflow_context& workflow_context::message(std::string_view content) {
  runner_->message("workflow", content);
  return *this;
}

}  // namespace nava::engine
