// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/engine/decision.hpp>
#include <nava/workflow/error.hpp>

#include "engine/failed_look.hpp"
#include "engine/runner.hpp"
#include "engine/selected_event.hpp"
#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

constexpr std::array<std::string_view, 4> command_names{"pause", "resume", "cancel", "abort"};

// The open step that a handler acts on; null where the event is not for such a step.
const schema::workflow_step* step_for(const handler_definition& handler,
                                      const std::optional<uuid>& selector,
                                      const workflow_state& state) {
  const schema::workflow_step* found = nullptr;
  for (const auto& step : state.steps) {
    if (selector && step.selector != *selector) continue;
    if (is_finished(step.status) || step.step_key != handler.step_key) continue;
    if (found != nullptr)
      throw event_refused{
          fmt::format("event '{}' could be for several open steps '{}'; give it the "
                      "selector of one",
                      handler.event_name, handler.step_key)};
    found = &step;
  }
  return found;
}

std::string describe(const event& happened, const workflow_state& state) {
  return fmt::format("event '{}' for {}/{}", happened.name, state.workflow.resource_name,
                     state.workflow.resource_id);
}

// An event is for other resources than this one where its selectors say so; any of them is named.
[[noreturn]] void refuse_other_resource(const event& happened, const workflow_state& state,
                                        std::span<const selection> chosen) {
  throw event_refused{
      fmt::format("event '{}' is for {}/{}, not for {}/{}, which the workflow is about",
                  happened.name, chosen.front().resource.name, chosen.front().resource.id,
                  state.workflow.resource_name, state.workflow.resource_id)};
}

// The handlers of an event on one workflow. Throws what they and their hooks throw.
class event_run {
 private:
  template <class Act>
  auto explain(std::string_view step_key, Act act) const {
    const auto where = [&] {
      return step_key.empty() ? fmt::format("event '{}'", happened_.name)
                              : fmt::format("event '{}', step '{}'", happened_.name, step_key);
    };
    return explaining(where, "its data", happened_.data, act);
  }

 public:
  event_run(const definition_data& definition, runner& runner, const event& happened,
            std::span<const selection> chosen)
      : definition_(definition), runner_(runner), happened_(happened), chosen_(chosen) {}

  /// Says in `failing` which step's handler is at work.
  void handlers(std::optional<uuid>& failing) {
    const auto& row = runner_.state().workflow;
    const resource about{row.resource_name, row.resource_id};
    const auto& positions = definition_.handlers_for(happened_.name);
    for (std::size_t i = 0; i < positions.size(); ++i)
      if (chosen_[i].resource == about)
        run_handler(definition_.handlers[positions[i]], chosen_[i].selector, failing);
    if (!ran_)
      throw event_refused{
          fmt::format("{} finds no open step that takes it", describe(happened_, runner_.state()))};
  }

  decision failure(const uuid& step_id, std::string_view why) {
    return explain("", [&] {
      fail_step(runner_, step_id, why, exception_action);
      return runner_.finish();
    });
  }

  void recover(const uuid& step_id) {
    explain("", [&] { step_context{runner_, step_id}.recover(); });
  }

  decision end() {
    return explain("", [&] { return runner_.finish(); });
  }

 private:
  void run_handler(const handler_definition& handler, const std::optional<uuid>& selector,
                   std::optional<uuid>& failing) {
    if (handler.on_workflow) {
      workflow_context context{runner_};
      explain("", [&] { handler.on_workflow(context, happened_); });
      ran_ = true;
      return;
    }
    const schema::workflow_step* step = step_for(handler, selector, runner_.state());
    if (step == nullptr) return;
    failing = step->id;
    step_context context{runner_, step->id};
    explain(handler.step_key, [&] { handler.on_step(context, happened_); });
    failing.reset();
    ran_ = true;
  }

  const definition_data& definition_;
  runner& runner_;
  const event& happened_;
  const std::span<const selection> chosen_;
  bool ran_ = false;
};

// Of an event that failed a step it is not stored whether it had a selector. So where another step
// may have been meant too, running it again could leave out that step, or bring it in.
void expect_one_step(const definition_data& definition, const event& failed,
                     const workflow_state& state, const uuid& step_id) {
  const std::string_view key = key_of(state, step_id);
  for (const std::size_t position : definition.handlers_for(failed.name)) {
    const handler_definition& handler = definition.handlers[position];
    if (!handler.on_step || handler.options.selector || handler.step_key == key) continue;
    const bool is_open = std::any_of(state.steps.begin(), state.steps.end(), [&](const auto& step) {
      return step.step_key == handler.step_key && !is_finished(step.status);
    });
    if (is_open)
      throw event_refused{fmt::format(
          "event '{}' may be for step '{}' too; recover step '{}', and deliver the event again "
          "under a new key",
          failed.name, handler.step_key, key)};
  }
}

// The event is stored with the step that its first step handler is for.
std::optional<uuid> first_step(const definition_data& definition, const event& happened,
                               std::span<const selection> chosen, const workflow_state& state) {
  const resource about{state.workflow.resource_name, state.workflow.resource_id};
  const auto& positions = definition.handlers_for(happened.name);
  for (std::size_t i = 0; i < positions.size(); ++i) {
    const handler_definition& handler = definition.handlers[positions[i]];
    if (!handler.on_step || chosen[i].resource != about) continue;
    if (const auto* step = step_for(handler, chosen[i].selector, state)) return step->id;
  }
  return std::nullopt;
}

void command_to(runner& runner, command verb) {
  workflow_context workflow{runner};
  switch (verb) {
    case command::pause:
      return (void)workflow.pause();
    case command::resume:
      return (void)workflow.resume();
    case command::cancel:
      return (void)workflow.cancel();
    case command::abort:
      return (void)workflow.abort();
  }
}

bool is_for(std::span<const selection> chosen, const workflow_state& state) {
  return std::any_of(chosen.begin(), chosen.end(), [&](const selection& each) {
    return each.resource.name == state.workflow.resource_name &&
           each.resource.id == state.workflow.resource_id;
  });
}

}  // namespace

void check_event(const event& happened) {
  if (happened.key.is_given() && happened.key.text().empty())
    throw error{error_kind::invalid_input,
                fmt::format("event '{}' has an empty key; give it one that is stable over "
                            "redeliveries, or nava::no_key",
                            happened.name)};
  check_size(happened.name.size() + happened.resource.name.size() + happened.resource.id.size() +
                 happened.key.text().size() + least_size(happened.args) + least_size(happened.data),
             "an event");
}

decision decide_start(const definition& definition, const start_request& request, timestamp now,
                      const uuid& transaction_id) {
  check_size(least_size(request.params), "params");
  runner runner{definition.data(), {}, now, transaction_id};
  runner.record_cause(
      request.cause.value_or(event{.name = "nava.start", .key = no_key, .data = request.params}));
  const auto where = [&] { return fmt::format("the start of '{}'", definition.key()); };
  return explaining(where, "its params", request.params, [&] {
    runner.start(request);
    return runner.finish();
  });
}

decision decide(const definition& definition, const workflow_state& state, const event& happened,
                timestamp now, const uuid& transaction_id) {
  check_event(happened);
  return decide(definition, state, happened, definition.data().select(happened), now,
                transaction_id);
}

decision decide(const definition& definition, const workflow_state& state, const event& happened,
                std::span<const selection> chosen, timestamp now, const uuid& transaction_id) {
  const definition_data& data = definition.data();
  if (!chosen.empty() && !is_for(chosen, state)) refuse_other_resource(happened, state, chosen);
  if (is_finished(state.workflow.status))
    throw event_refused{fmt::format("{} comes too late: the workflow is {}",
                                    describe(happened, state), to_text(state.workflow.status))};
  const auto step_id = first_step(data, happened, chosen, state);
  std::optional<uuid> failing;
  std::string why;
  try {
    runner runner{data, state, now, transaction_id};
    runner.record_cause(happened, step_id);
    event_run run{data, runner, happened, chosen};
    run.handlers(failing);
    return run.end();
  } catch (const refused&) {
    throw;
  } catch (const error&) {
    // What cannot be stored is bad input, not a step that failed.
    throw;
  } catch (const std::exception& thrown) {
    if (!failing || data.policy == on_exception::reject_event || !can_fail(state, *failing)) throw;
    why = printable(thrown.what());
  }
  // Nothing of what the handlers did is kept, only that this step failed.
  runner runner{data, state, now, transaction_id};
  runner.record_cause(happened, step_id);
  decision made = event_run{data, runner, happened, chosen}.failure(*failing, why);
  made.failed = {*failing, std::string{key_of(state, *failing)}, why};
  return made;
}

namespace {

// A decision that no handler makes: `act` on the runner, caused by an event of the runtime's own.
template <class Act>
decision decide_command(const definition& definition, const workflow_state& state,
                        std::string_view name, const std::optional<uuid>& step_id,
                        std::string_view reason, timestamp now, const uuid& transaction_id, Act act,
                        json::object about = {}) {
  check_size(reason.size(), "a reason");
  runner runner{definition.data(), state, now, transaction_id};
  event cause{.name = fmt::format("{}{}", runtime_prefix, name), .key = no_key};
  cause.data = std::move(about);
  if (!reason.empty()) cause.data["reason"] = reason;
  runner.record_cause(cause, step_id);
  const auto where = [&] { return fmt::format("event '{}'", cause.name); };
  return explaining(where, "its data", cause.data, [&] {
    act(runner);
    return runner.finish();
  });
}

void open_again(runner& runner, const schema::workflow_task& task) {
  using schema::task_status;
  using schema::workflow_task;
  runner.guard("retry_task", {workflow_status::created, workflow_status::active,
                              workflow_status::degraded, workflow_status::completed});
  if (task.status != task_status::failed && task.status != task_status::cancelled)
    throw action_refused{fmt::format("retry_task is refused while task '{}' is {}; allowed: {}, {}",
                                     task.name, to_text(task.status), to_text(task_status::failed),
                                     to_text(task_status::cancelled))};
  runner.expect_room_for_task();
  if (task.unique_key && runner.open_task_with(task.name, *task.unique_key))
    throw action_refused{fmt::format(
        "retry_task is refused while another task '{}' with its unique key is open", task.name)};
  auto change = patch<schema::workflow_task_table>{}
                    .set<&workflow_task::id>(task.id)
                    .set<&workflow_task::status>(task_status::scheduled)
                    .set<&workflow_task::attempt>(std::int64_t{0})
                    .set<&workflow_task::ts_start>(std::nullopt)
                    .set<&workflow_task::ts_end>(std::nullopt);
  if (task.ts_expire && *task.ts_expire <= runner.now())
    change.set<&workflow_task::ts_expire>(std::nullopt);
  runner.update("retry_task", std::move(change));
}

}  // namespace

decision decide(const definition& definition, const workflow_state& state, task_command verb,
                const schema::workflow_task& task, std::string_view reason, timestamp now,
                const uuid& transaction_id) {
  if (task.name.starts_with(runtime_prefix))
    throw action_refused{fmt::format("task '{}' is the runtime's own", task.name)};
  workflow_state with_task = state;
  if (find_row(with_task.tasks, task.id) == nullptr) with_task.tasks.push_back(task);
  const bool cancels = verb == task_command::cancel;
  return decide_command(definition, with_task, cancels ? "cancel-task" : "retry-task", task.step_id,
                        reason, now, transaction_id,
                        [&](runner& runner) {
                          cancels ? (void)workflow_context{runner}.cancel_task(task.id)
                                  : open_again(runner, task);
                        },
                        {{"task", schema::to_text(task.id)}, {"name", task.name}});
}

decision decide(const definition& definition, const workflow_state& state, command verb,
                std::string_view reason, timestamp now, const uuid& transaction_id) {
  return decide_command(definition, state, command_names[static_cast<std::size_t>(verb)], {},
                        reason, now, transaction_id,
                        [&](runner& runner) { command_to(runner, verb); });
}

decision decide(const definition& definition, const workflow_state& state, step_command verb,
                const uuid& step_id, std::string_view reason, timestamp now,
                const uuid& transaction_id) {
  const bool recovers = verb == step_command::recover;
  return decide_command(definition, state, recovers ? "recover" : "ignore", step_id, reason, now,
                        transaction_id, [&](runner& runner) {
                          step_context step{runner, step_id};
                          recovers ? step.recover() : step.ignore();
                        });
}

decision decide_retry(const definition& definition, const workflow_state& state,
                      const uuid& step_id, const event& failed, timestamp now,
                      const uuid& transaction_id) {
  const definition_data& data = definition.data();
  expect_one_step(data, failed, state, step_id);
  const auto chosen = data.select(failed);
  runner runner{data, state, now, transaction_id};
  runner.record_cause({.name = fmt::format("{}retry", runtime_prefix),
                       .key = no_key,
                       .data = {{"event", failed.name}, {"key", failed.key.text()}}},
                      step_id);
  event_run run{data, runner, failed, chosen};
  std::optional<uuid> failing;
  run.recover(step_id);
  run.handlers(failing);
  return run.end();
}

std::optional<event> event_that_failed(const workflow_history& history, const uuid& step_id) {
  const auto fails = [&](const schema::workflow_mutation& mutation) {
    const json::value* status = mutation.mutation.if_contains("status");
    return mutation.step_id == step_id && status != nullptr && status->is_string() &&
           mutation.name == schema::to_text(mutation_kind::update_step) &&
           std::string_view{status->get_string()} == schema::to_text(schema::step_status::error);
  };
  const auto failure = std::find_if(history.mutations.rbegin(), history.mutations.rend(), fails);
  // What a handler did before it called fail() is stored, and would be done twice.
  if (failure == history.mutations.rend() || failure->action != exception_action)
    return std::nullopt;
  const auto cause =
      std::find_if(history.events.begin(), history.events.end(),
                   [&](const auto& row) { return row.transaction_id == failure->transaction_id; });
  if (cause == history.events.end() || cause->event_name.starts_with(runtime_prefix))
    return std::nullopt;
  const auto step = std::find_if(history.state.steps.begin(), history.state.steps.end(),
                                 [&](const auto& row) { return row.id == step_id; });
  event failed{
      .name = cause->event_name,
      .resource = {history.state.workflow.resource_name, history.state.workflow.resource_id},
      .key = no_key,
      .args = cause->event_args,
      .data = cause->event_data,
      .at = cause->at};
  if (step != history.state.steps.end()) failed.selector = step->selector;
  if (cause->event_key) failed.key = *cause->event_key;
  return failed;
}

}  // namespace nava::engine
