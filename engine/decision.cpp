// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/engine/decision.hpp>
#include <nava/workflow/error.hpp>

#include "engine/command.hpp"
#include "engine/failed_look.hpp"
#include "engine/runner.hpp"
#include "engine/selected_event.hpp"
#include "workflow/storable.hpp"

namespace nava::engine {
namespace {

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
    expect_holder(*step);
    failing = step->id;
    step_context context{runner_, step->id};
    explain(handler.step_key, [&] { handler.on_step(context, happened_); });
    failing.reset();
    ran_ = true;
  }

  void expect_holder(const schema::workflow_step& step) const {
    if (!runner_.definition_of(step).options.only_holder_answers) return;
    const auto& holder = holder_of(step);
    if (holder && happened_.actor == holder) return;
    throw not_holder{fmt::format("event '{}' for step '{}' comes from {}, but {}", happened_.name,
                                 step.step_key,
                                 happened_.actor ? "'" + *happened_.actor + "'" : "nobody",
                                 holder ? "'" + *holder + "' has it" : "nobody has it")};
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

bool is_for(std::span<const selection> chosen, const workflow_state& state) {
  return std::any_of(chosen.begin(), chosen.end(), [&](const selection& each) {
    return each.resource.name == state.workflow.resource_name &&
           each.resource.id == state.workflow.resource_id;
  });
}

// Two whose ids were forgotten would be one.
void check_resource(const resource& about, std::string_view wfdef_key) {
  if (about.name.empty() || about.id.empty())
    throw error{error_kind::invalid_input,
                fmt::format("the start of '{}' is about a resource without {}; give it one",
                            wfdef_key, about.name.empty() ? "a name" : "an id")};
}

}  // namespace

void check_event(const event& happened) {
  if (happened.key.is_given() && happened.key.text().empty())
    throw error{error_kind::invalid_input,
                fmt::format("event '{}' has an empty key; give it one that is stable over "
                            "redeliveries, or nava::no_key",
                            happened.name)};
  if (happened.actor && (happened.actor->empty() || happened.actor->size() > key_bytes_max))
    throw error{error_kind::invalid_input,
                fmt::format("event '{}' has an actor of {} bytes; 1 to {} are allowed",
                            happened.name, happened.actor->size(), key_bytes_max)};
  check_size(happened.name.size() + happened.resource.name.size() + happened.resource.id.size() +
                 happened.key.text().size() + least_size(happened.args) + least_size(happened.data),
             "an event");
}

decision decide_start(const definition& definition, const start_request& request, timestamp now,
                      const uuid& transaction_id) {
  check_size(least_size(request.params), "params");
  check_resource(request.resource, definition.key());
  runner runner{definition.data(), {}, now, transaction_id};
  const event cause = request.cause.value_or(
      event{.name = "nava.start", .key = no_key, .data = request.params, .actor = request.actor});
  if (cause.actor) check_event(cause);
  runner.record_cause(cause);
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
                std::span<const selection> chosen, timestamp now, const uuid& transaction_id,
                const std::optional<uuid>& spent) {
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
    if (spent) workflow_context{runner}.cancel_task(*spent);
    event_run run{data, runner, happened, chosen};
    run.handlers(failing);
    return run.end();
  } catch (const refused&) {
    throw;
  } catch (const error&) {
    // What cannot be stored is bad input, not a step that failed.
    throw;
  } catch (const std::exception& thrown) {
    // What is spent on an answer must not be lost with it.
    if (!failing || spent || data.policy == on_exception::reject_event ||
        !can_fail(state, *failing))
      throw;
    why = printable(thrown.what());
  }
  // Nothing of what the handlers did is kept, only that this step failed.
  runner runner{data, state, now, transaction_id};
  runner.record_cause(happened, step_id);
  decision made = event_run{data, runner, happened, chosen}.failure(*failing, why);
  made.failed = {*failing, std::string{key_of(state, *failing)}, why};
  return made;
}

decision decide_retry(const definition& definition, const workflow_state& state,
                      const uuid& step_id, const event& failed, const command_cause& why,
                      timestamp now, const uuid& transaction_id) {
  const definition_data& data = definition.data();
  expect_one_step(data, failed, state, step_id);
  const auto chosen = data.select(failed);
  runner runner{data, state, now, transaction_id};
  json::object about{{"event", failed.name}, {"key", failed.key.text()}};
  runner.record_cause(cause_of("retry", why, std::move(about)), step_id);
  runner.act_for(failed.actor);
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
      .at = cause->at,
      .actor = cause->actor};
  if (step != history.state.steps.end()) failed.selector = step->selector;
  if (cause->event_key) failed.key = *cause->event_key;
  return failed;
}

}  // namespace nava::engine
