// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/engine/decision.hpp>
#include <nava/workflow/error.hpp>
#include <nava/workflow/storable.hpp>

#include "engine/failed_look.hpp"
#include "engine/runner.hpp"
#include "engine/selected_event.hpp"

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

// A step that is in error already, that the undone handlers had added, or of a workflow that is
// paused cannot go to ERROR.
bool can_fail(const workflow_state& state, const uuid& step_id) {
  using enum schema::workflow_status;
  if (state.workflow.status != active && state.workflow.status != degraded) return false;
  return std::any_of(state.steps.begin(), state.steps.end(), [&](const auto& step) {
    return step.id == step_id && step.status == schema::step_status::active;
  });
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
      step_context{runner_, step_id}.fail(why);
      return runner_.finish();
    });
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

void command_to(runner& runner, command what) {
  workflow_context workflow{runner};
  switch (what) {
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

void check_event_size(const event& happened) {
  check_size(happened.name.size() + happened.resource.name.size() +
                              happened.resource.id.size() + happened.key.size() +
                              least_size(happened.args) +
                              least_size(happened.data),
                          "an event");
}

decision decide_start(const definition& definition, const start_request& request, timestamp now,
                      const uuid& transaction_id) {
  check_size(least_size(request.params), "params");
  runner runner{definition.data(), {}, now, transaction_id};
  runner.record_cause({.name = "nava.start", .data = request.params});
  const auto where = [&] { return fmt::format("the start of '{}'", definition.key()); };
  return explaining(where, "its params", request.params, [&] {
    runner.start(request);
    return runner.finish();
  });
}

decision decide(const definition& definition, const workflow_state& state, const event& happened,
                timestamp now, const uuid& transaction_id) {
  check_event_size(happened);
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
  return event_run{data, runner, happened, chosen}.failure(*failing, why);
}

decision decide(const definition& definition, const workflow_state& state, command what,
                std::string_view reason, timestamp now, const uuid& transaction_id) {
  check_size(reason.size(), "a reason");
  runner runner{definition.data(), state, now, transaction_id};
  event cause{.name = fmt::format("{}{}", runtime_event_prefix,
                                  command_names[static_cast<std::size_t>(what)])};
  if (!reason.empty()) cause.data["reason"] = reason;
  runner.record_cause(cause);
  const auto where = [&] { return fmt::format("event '{}'", cause.name); };
  return explaining(where, "its data", cause.data, [&] {
    command_to(runner, what);
    return runner.finish();
  });
}

}  // namespace nava::engine
