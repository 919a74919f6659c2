// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "engine/selected_event.hpp"
#include "runtime/call.hpp"
#include "runtime/commit_watch.hpp"
#include "runtime/notices/notice_exchange.hpp"

/// What is asked of one workflow by its id: commands to it or to a step, and an event for it.
namespace nava {

using namespace engine;
using persistence::loaded_workflow;

// Which resource it concerns is known when the workflow is found. What it decides on is looked for
// again where others had their turns meanwhile.
outcome runtime::decide_on(const uuid& workflow_id, std::string_view event_key,
                           const decide_function& decide, deadline limit) {
  call within = begin(fmt::format("workflow {}", schema::to_text(workflow_id)), limit);
  if (const known_state known = cache_->find(workflow_id))
    take_turn(resource_of(known->workflow), within);
  const std::uint64_t epoch = cache_->epoch();
  if (within.turn)
    if (const known_state known = cache_->find(workflow_id))
      if (const auto done = decide_on_cached(*known, epoch, decide, within)) return *done;
  std::optional<loaded_workflow> loaded;
  if (!within.turn) {
    auto there = until_done(within, [&] {
      return std::make_optional(store_->load(workflow_id, event_key, within.limit));
    });
    if (!there) throw gone(workflow_id);
    take_turn(resource_of(there->state.workflow), within);
    if (!within.turn->has_waited()) loaded = *std::move(there);
  }
  return decide_and_commit(std::move(loaded), epoch, workflow_id, event_key, decide, within);
}

outcome runtime::deliver_to(const uuid& workflow_id, event happened, deadline limit) {
  check_event(happened);
  const auto decide_event = [&](const definition& chosen, const workflow_state& state, timestamp at,
                                const uuid& transaction_id) {
    happened.resource = resource_of(state.workflow);
    return decide(chosen, state, happened, at, transaction_id);
  };
  return decide_on(workflow_id, happened.key.text(), decide_event, limit);
}

std::optional<workflow_state> runtime::wait(
    const uuid& workflow_id, deadline limit,
    const std::function<bool(const workflow_state&)>& until) {
  constexpr std::chrono::milliseconds first_pause{10}, longest_pause{1'000};
  limit = limit.value_or(deadline::in(options_.call_timeout));
  // Before the first look: what is committed after it wakes.
  commit_watch::watch commits{*commits_, workflow_id};
  for (auto pause = first_pause;; pause = std::min(2 * pause, longest_pause)) {
    const call look = begin(fmt::format("workflow {}", schema::to_text(workflow_id)), {});
    try {
      auto there = until_done(
          look, [&] { return std::make_optional(store_->load(workflow_id, {}, look.limit)); });
      if (!there) throw gone(workflow_id);
      const bool is_there = until ? until(there->state) : is_finished(there->state.workflow.status);
      if (is_there) return std::move(there->state);
      if (limit.has_passed()) return std::nullopt;
    } catch (const error& failure) {
      if (!failure.may_retry() || limit.has_passed()) throw;
    }
    notices_->hear_ends();
    (void)commits.wait(limit.earlier(deadline::in(pause)));
  }
}

outcome runtime::decide_on_history(
    const uuid& workflow_id, const command_options& options,
    const std::function<decide_function(const workflow_history&)>& decide) {
  // Another call has changed the workflow since its history was read.
  struct outdated {};
  call within = begin(fmt::format("workflow {}", schema::to_text(workflow_id)), options.limit);
  while (true) {
    const auto history = until_done(
        within, [&] { return std::make_optional(store_->history(workflow_id, {}, within.limit)); });
    if (!history) throw gone(workflow_id);
    const auto& events = history->events;
    if (options.key.is_given() && std::any_of(events.begin(), events.end(), [&](const auto& each) {
          return each.event_key == options.key.text();
        }))
      return {workflow_id, delivery::already_applied, {}};
    const decide_function decide_now = decide(*history);
    const auto decide_if_current = [&](const definition& chosen, const workflow_state& state,
                                       timestamp at, const uuid& transaction_id) {
      if (state.workflow.revision != history->state.workflow.revision) throw outdated{};
      return decide_now(chosen, state, at, transaction_id);
    };
    try {
      return decide_on(workflow_id, options.key.text(), decide_if_current, within.limit);
    } catch (const outdated&) {
      if (within.limit.has_passed())
        throw error{error_kind::contention,
                    fmt::format("{}: others changed the workflow during each try; nothing was "
                                "written; try again later",
                                within.subject)};
    }
  }
}

outcome runtime::retry(const uuid& workflow_id, const uuid& step_id,
                       const command_options& options) {
  return decide_on_history(
      workflow_id, options, [&](const workflow_history& history) -> decide_function {
        auto failed = event_that_failed(history, step_id);
        if (!failed)
          throw event_refused{
              fmt::format("no handler that threw failed step {} of workflow {}; "
                          "recover it, or ignore it",
                          schema::to_text(step_id), schema::to_text(workflow_id))};
        return [&step_id, &options, failed = *std::move(failed)](
                   const definition& chosen, const workflow_state& state, timestamp at,
                   const uuid& transaction_id) {
          return decide_retry(chosen, state, step_id, failed, cause_of(options), at,
                              transaction_id);
        };
      });
}

outcome runtime::command_task(const uuid& workflow_id, engine::task_command verb,
                              const uuid& task_id, const command_options& options) {
  return decide_on_history(
      workflow_id, options, [&](const workflow_history& history) -> decide_function {
        const auto& tasks = history.tasks;
        const auto found = std::find_if(tasks.begin(), tasks.end(),
                                        [&](const auto& each) { return each.id == task_id; });
        if (found == tasks.end())
          throw error{error_kind::not_found,
                      fmt::format("workflow {} has no task {}", schema::to_text(workflow_id),
                                  schema::to_text(task_id))};
        return
            [verb, &options, task = *found](const definition& chosen, const workflow_state& state,
                                            timestamp at, const uuid& transaction_id) {
              return decide(chosen, state, verb, task, cause_of(options), at, transaction_id);
            };
      });
}

outcome runtime::cancel_task(const uuid& workflow_id, const uuid& task_id,
                             const command_options& options) {
  return command_task(workflow_id, task_command::cancel, task_id, options);
}

outcome runtime::retry_task(const uuid& workflow_id, const uuid& task_id,
                            const command_options& options) {
  return command_task(workflow_id, task_command::retry, task_id, options);
}

outcome runtime::command_step(const uuid& workflow_id, engine::step_command verb,
                              const uuid& step_id, const command_options& options) {
  const auto decide_step = [&](const definition& chosen, const workflow_state& state, timestamp at,
                               const uuid& transaction_id) {
    return decide(chosen, state, verb, step_id, cause_of(options), at, transaction_id);
  };
  return decide_on(workflow_id, options.key.text(), decide_step, options.limit);
}

outcome runtime::recover(const uuid& workflow_id, const uuid& step_id,
                         const command_options& options) {
  return command_step(workflow_id, step_command::recover, step_id, options);
}

outcome runtime::ignore(const uuid& workflow_id, const uuid& step_id,
                        const command_options& options) {
  return command_step(workflow_id, step_command::ignore, step_id, options);
}

outcome runtime::command_one(const uuid& workflow_id, command verb,
                             const command_options& options) {
  const auto decide_command = [&](const definition& chosen, const workflow_state& state,
                                  timestamp at, const uuid& transaction_id) {
    return decide(chosen, state, verb, cause_of(options), at, transaction_id);
  };
  return decide_on(workflow_id, options.key.text(), decide_command, options.limit);
}

outcome runtime::pause(const uuid& workflow_id, const command_options& options) {
  return command_one(workflow_id, command::pause, options);
}

outcome runtime::resume(const uuid& workflow_id, const command_options& options) {
  return command_one(workflow_id, command::resume, options);
}

outcome runtime::cancel(const uuid& workflow_id, const command_options& options) {
  return command_one(workflow_id, command::cancel, options);
}

outcome runtime::abort(const uuid& workflow_id, const command_options& options) {
  return command_one(workflow_id, command::abort, options);
}

}  // namespace nava
