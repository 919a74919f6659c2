// SPDX-License-Identifier: Apache-2.0
#include "engine/answer_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nava/workflow/limits.hpp>

#include "engine/own_task.hpp"
#include "engine/runner.hpp"
#include "engine/selected_event.hpp"

namespace nava::engine {
namespace {

using schema::workflow_task;

bool takes(const definition_data& definition, std::string_view step_key,
           const std::string& event_name) {
  const auto& positions = definition.handlers_for(event_name);
  return std::any_of(positions.begin(), positions.end(), [&](std::size_t position) {
    const handler_definition& handler = definition.handlers[position];
    return handler.on_step && handler.step_key == step_key;
  });
}

// Handlers of this step alone: selectors of the application's would let who has a link choose.
std::vector<selection> for_step(const definition_data& definition, const event& answer,
                                const schema::workflow_step& step) {
  std::vector<selection> chosen;
  for (const std::size_t position : definition.handlers_for(answer.name)) {
    const handler_definition& handler = definition.handlers[position];
    const bool is_for_it = handler.on_step && handler.step_key == step.step_key;
    chosen.push_back(is_for_it ? selection{answer.resource, step.selector} : selection{});
  }
  return chosen;
}

const workflow_task& open_link(const workflow_state& state, std::string_view hash, timestamp now) {
  const auto found = std::find_if(state.tasks.begin(), state.tasks.end(), [&](const auto& task) {
    return task.name == answer_link_task && task.unique_key == hash && !is_finished(task.status) &&
           task.ts_due > now;
  });
  if (found == state.tasks.end()) throw link_refused{};
  return *found;
}

}  // namespace

std::string key_of_link(std::string_view hash) { return fmt::format("nava.link:{}", hash); }

command_act issue(const answer_link& link, const uuid& step_id) {
  return {.verb = "issue-link",
          .step_id = step_id,
          .about = {{"event", link.event_name}},
          .run = [link, step_id](runner& runner) {
            const auto& step =
                runner.guard_step("issue_link", step_id, schema::step_status::active);
            if (!takes(runner.definition(), step.step_key, link.event_name))
              throw action_refused{fmt::format("step '{}' has no handler for the event '{}'",
                                               step.step_key, link.event_name)};
            if (link.actor && (link.actor->empty() || link.actor->size() > key_bytes_max))
              throw action_refused{
                  fmt::format("a link answers as somebody of {} bytes; 1 to {} are allowed",
                              link.actor->size(), key_bytes_max)};
            if (!link.actor && runner.definition_of(step).options.only_holder_answers)
              throw action_refused{fmt::format(
                  "step '{}' is answered by its holder alone; say whom the link answers as",
                  step.step_key)};
            const auto& tasks = runner.state().tasks;
            if (std::count_if(tasks.begin(), tasks.end(), [&](const auto& task) {
                  return task.name == answer_link_task && task.step_id == step_id &&
                         !is_finished(task.status);
                }) >= links_per_step_max)
              throw action_refused{fmt::format("step '{}' has {} open links; cancel some",
                                               step.step_key, links_per_step_max)};
            json::object input{{"event", link.event_name}};
            if (link.actor) input["actor"] = *link.actor;
            task_options options = own_task(runner.definition().key);
            options.ts_due = link.expires;
            options.unique_key = link.hash;
            (void)runner.store_task(answer_link_task, input, options, step_id);
          }};
}

decision decide_answer(const definition& definition, const workflow_state& state,
                       std::string_view hash, const json::object& data, timestamp now,
                       const uuid& transaction_id) {
  const workflow_task& link = open_link(state, hash, now);
  const schema::workflow_step* step = link.step_id ? find_row(state.steps, *link.step_id) : nullptr;
  if (step == nullptr) throw link_refused{};
  event answer{.name = std::string{link.input.at("event").as_string()},
               .resource = {state.workflow.resource_name, state.workflow.resource_id},
               .selector = step->selector,
               .key = key_of_link(hash),
               .data = data};
  if (const json::value* actor = link.input.if_contains("actor"))
    answer.actor = std::string{actor->as_string()};
  check_event(answer);
  return decide(definition, state, answer, for_step(definition.data(), answer, *step), now,
                transaction_id, link.id);
}

}  // namespace nava::engine
