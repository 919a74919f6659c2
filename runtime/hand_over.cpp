// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/text.hpp>

#include "engine/command.hpp"
#include "engine/runner.hpp"
#include "engine/worklist.hpp"
#include "runtime/call.hpp"

/// Who has a step, and what people say of it and of its workflow.
namespace nava {

using namespace engine;

outcome runtime::act(const uuid& workflow_id, const command_act& act,
                     const command_options& options) {
  const auto decide_act = [&](const definition& chosen, const workflow_state& state, timestamp at,
                              const uuid& transaction_id) {
    return decide(chosen, state, act, cause_of(options), at, transaction_id);
  };
  return decide_on(workflow_id, options.key.text(), decide_act, options.limit);
}

outcome runtime::act_on_step(const uuid& workflow_id, const uuid& step_id, std::string_view verb,
                             json::object about, const std::function<void(step_context&)>& change,
                             const command_options& options) {
  return act(workflow_id,
             {.verb = verb,
              .step_id = step_id,
              .about = std::move(about),
              .run =
                  [&](runner& runner) {
                    step_context step{runner, step_id};
                    change(step);
                  }},
             options);
}

outcome runtime::claim(const uuid& workflow_id, const uuid& step_id, const claimant& by,
                       command_options options) {
  if (!options.actor) options.actor = by.user;
  return act_on_step(
      workflow_id, step_id, "claim", {{"user", by.user}}, [&](auto& step) { step.claim(by); },
      options);
}

outcome runtime::unclaim(const uuid& workflow_id, const uuid& step_id,
                         const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "unclaim", {}, [](auto& step) { step.unclaim(); }, options);
}

outcome runtime::assign(const uuid& workflow_id, const uuid& step_id, std::string_view user,
                        const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "assign", {{"user", user}}, [&](auto& step) { step.assign(user); },
      options);
}

outcome runtime::delegate(const uuid& workflow_id, const uuid& step_id, std::string_view user,
                          const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "delegate", {{"user", user}}, [&](auto& step) { step.delegate(user); },
      options);
}

outcome runtime::resolve(const uuid& workflow_id, const uuid& step_id,
                         const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "resolve", {}, [](auto& step) { step.resolve(); }, options);
}

outcome runtime::offer(const uuid& workflow_id, const uuid& step_id, const candidates& to,
                       const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "offer", to_json(to), [&](auto& step) { step.offer_to(to); }, options);
}

outcome runtime::escalate(const uuid& workflow_id, const uuid& step_id, const candidates& to,
                          const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "escalate", to_json(to), [&](auto& step) { step.escalate_to(to); },
      options);
}

outcome runtime::postpone(const uuid& workflow_id, const uuid& step_id,
                          const std::optional<timestamp>& at, const command_options& options) {
  using namespace schema;
  expect_text<workflow_step_table, &workflow_step::ts_follow_up>(at);
  json::object about;
  if (at) about["follow_up"] = to_text(*at);
  return act_on_step(
      workflow_id, step_id, "postpone", std::move(about),
      [&](auto& step) { step.follow_up_at(at); }, options);
}

outcome runtime::prioritize(const uuid& workflow_id, const uuid& step_id, std::int64_t priority,
                            const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "prioritize", {{"priority", priority}},
      [&](auto& step) { step.prioritize(priority); }, options);
}

outcome runtime::comment(const uuid& workflow_id, std::string_view content,
                         const command_options& options) {
  return act(workflow_id,
             {.verb = "comment",
              .run =
                  [&](runner& runner) {
                    workflow_context{runner}.comment(options.actor.value_or(""), content);
                  }},
             options);
}

outcome runtime::comment(const uuid& workflow_id, const uuid& step_id, std::string_view content,
                         const command_options& options) {
  return act_on_step(
      workflow_id, step_id, "comment", {},
      [&](auto& step) { step.comment(options.actor.value_or(""), content); }, options);
}

outcome runtime::tag(const uuid& workflow_id, std::string_view tag,
                     const command_options& options) {
  return act(workflow_id,
             {.verb = "tag",
              .about = {{"tag", tag}},
              .run = [&](runner& runner) { workflow_context{runner}.tag(tag); }},
             options);
}

outcome runtime::untag(const uuid& workflow_id, std::string_view tag,
                       const command_options& options) {
  return act(workflow_id,
             {.verb = "untag",
              .about = {{"tag", tag}},
              .run = [&](runner& runner) { workflow_context{runner}.untag(tag); }},
             options);
}

outcome runtime::place_legal_hold(const uuid& workflow_id, std::string_view name,
                                  const command_options& options) {
  return act(workflow_id, act_of(legal_hold_command::place, name), options);
}

outcome runtime::release_legal_hold(const uuid& workflow_id, std::string_view name,
                                    const command_options& options) {
  return act(workflow_id, act_of(legal_hold_command::release, name), options);
}

}  // namespace nava
