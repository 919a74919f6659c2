// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nava/engine/decision.hpp>
#include <nava/persistence/error.hpp>

#include "engine/runner.hpp"

namespace nava::engine {
namespace {

using persistence::workflow_state;

constexpr std::array<std::string_view, 4> command_names{"pause", "resume", "cancel", "abort"};

// A failure's text goes into a message row, which takes neither NUL nor broken UTF-8.
constexpr std::size_t failure_text_bytes_max = 2000;

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

std::string printable(std::string why) {
  if (why.size() > failure_text_bytes_max) why.resize(failure_text_bytes_max);
  if (!schema::is_valid_utf8(why) || why.find('\0') != std::string::npos)
    std::replace_if(
        why.begin(), why.end(), [](char c) { return c == '\0' || (c & 0x80) != 0; }, '?');
  return why;
}

std::string describe(const event& happened, const workflow_state& state) {
  return fmt::format("event '{}' for {}/{}", happened.name, state.workflow.resource_name,
                     state.workflow.resource_id);
}

// Runs the handlers of an event on one workflow. Throws what they throw, and says in `failing`
// which step's handler is at work.
class event_run {
 public:
  event_run(const definition_data& definition, runner& runner, const event& happened)
      : definition_(definition), runner_(runner), happened_(happened) {}

  void run(std::optional<uuid>& failing) {
    const auto& row = runner_.state().workflow;
    const resource about{row.resource_name, row.resource_id};
    for (const std::size_t position : definition_.handlers_for(happened_.name)) {
      const handler_definition& handler = definition_.handlers[position];
      const selection chosen = handler.select(happened_);
      if (chosen.resource == about) run_handler(handler, chosen.selector, failing);
    }
    if (!ran_)
      throw event_refused{
          fmt::format("{} finds no open step that takes it", describe(happened_, runner_.state()))};
  }

 private:
  void run_handler(const handler_definition& handler, const std::optional<uuid>& selector,
                   std::optional<uuid>& failing) {
    if (handler.on_workflow) {
      workflow_context context{runner_};
      handler.on_workflow(context, happened_);
      ran_ = true;
      return;
    }
    const schema::workflow_step* step = step_for(handler, selector, runner_.state());
    if (step == nullptr) return;
    failing = step->id;
    step_context context{runner_, step->id};
    handler.on_step(context, happened_);
    failing.reset();
    ran_ = true;
  }

  const definition_data& definition_;
  runner& runner_;
  const event& happened_;
  bool ran_ = false;
};

// The event is stored with the step that its first step handler is for.
std::optional<uuid> first_step(const definition_data& definition, const event& happened,
                               const workflow_state& state) {
  const resource about{state.workflow.resource_name, state.workflow.resource_id};
  for (const std::size_t position : definition.handlers_for(happened.name)) {
    const handler_definition& handler = definition.handlers[position];
    if (!handler.on_step) continue;
    const selection chosen = handler.select(happened);
    if (chosen.resource != about) continue;
    if (const auto* step = step_for(handler, chosen.selector, state)) return step->id;
  }
  return std::nullopt;
}

}  // namespace

decision decide_start(const definition& definition, const start_request& request, timestamp now,
                      const uuid& transaction_id) {
  runner runner{definition.data(), {}, now, transaction_id};
  runner.record_cause({.name = "nava.start", .data = request.params});
  runner.start(request);
  return runner.finish();
}

decision decide(const definition& definition, const workflow_state& state, const event& happened,
                timestamp now, const uuid& transaction_id) {
  const definition_data& data = definition.data();
  if (is_finished(state.workflow.status))
    throw event_refused{fmt::format("{} comes too late: the workflow is {}",
                                    describe(happened, state), to_text(state.workflow.status))};
  const auto step_id = first_step(data, happened, state);
  std::optional<uuid> failing;
  std::string why;
  try {
    runner runner{data, state, now, transaction_id};
    runner.record_cause(happened, step_id);
    event_run{data, runner, happened}.run(failing);
    return runner.finish();
  } catch (const refused&) {
    throw;
  } catch (const persistence::error&) {
    // What cannot be stored is bad input, not a step that failed.
    throw;
  } catch (const std::exception& thrown) {
    if (!failing || data.policy == on_exception::reject_event || !can_fail(state, *failing)) throw;
    why = printable(thrown.what());
  }
  // Nothing of what the handlers did is kept, only that this step failed.
  runner runner{data, state, now, transaction_id};
  runner.record_cause(happened, step_id);
  runner.fail(*failing, why);
  return runner.finish();
}

decision decide(const definition& definition, const workflow_state& state, command what,
                std::string_view reason, timestamp now, const uuid& transaction_id) {
  runner runner{definition.data(), state, now, transaction_id};
  event cause{.name = fmt::format("{}{}", runtime_event_prefix,
                                  command_names[static_cast<std::size_t>(what)])};
  if (!reason.empty()) cause.data["reason"] = reason;
  runner.record_cause(cause);
  switch (what) {
    case command::pause:
      runner.pause();
      break;
    case command::resume:
      runner.resume();
      break;
    case command::cancel:
      runner.cancel();
      break;
    case command::abort:
      runner.abort();
      break;
  }
  return runner.finish();
}

}  // namespace nava::engine
