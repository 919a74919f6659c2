// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "engine/definition_data.hpp"
#include "engine/failed_look.hpp"
#include "engine/worklist.hpp"

namespace nava::engine {
namespace {

bool contains(const std::vector<std::string>& list, std::string_view wanted) {
  return std::find(list.begin(), list.end(), wanted) != list.end();
}

}  // namespace

bool transition_definition::allows(std::string_view state) const {
  return contains(states, state) == states_are_allowed;
}

bool step_definition::has_state(std::string_view state) const {
  return state == state_created || state == state_finished || contains(options.states, state);
}

const transition_definition* step_definition::transition_to(std::string_view state) const {
  const auto found = std::find_if(transitions.begin(), transitions.end(),
                                  [&](const auto& transition) { return transition.to == state; });
  return found == transitions.end() ? nullptr : &*found;
}

selection handler_definition::select(const event& happened) const {
  if (options.selector) return options.selector(happened);
  return {happened.resource, happened.selector};
}

const step_definition* definition_data::step(std::string_view step_key) const {
  const auto found = place_of_step.find(step_key);
  return found == place_of_step.end() ? nullptr : &steps[found->second];
}

std::vector<selection> definition_data::select(const event& happened) const {
  std::vector<selection> chosen;
  const auto where = [&] { return fmt::format("a selector for event '{}'", happened.name); };
  explaining(where, "its data", happened.data, [&] {
    for (const std::size_t position : handlers_for(happened.name))
      chosen.push_back(handlers[position].select(happened));
  });
  return chosen;
}

const std::vector<std::size_t>& definition_data::handlers_for(const std::string& name) const {
  static const std::vector<std::size_t> none;
  const auto found = handlers_of_event.find(name);
  return found == handlers_of_event.end() ? none : found->second;
}

const std::string& definition::key() const { return data_->key; }

std::int64_t definition::revision() const { return data_->revision; }

bool definition::handles(std::string_view event_name) const {
  return data_->handlers_of_event.contains(std::string{event_name});
}

bool definition::is_started_by(std::string_view event_name) const {
  return data_->started_by.contains(event_name);
}

std::chrono::milliseconds definition::keeps_early(std::string_view event_name) const {
  const auto found = data_->kept_early.find(event_name);
  return found == data_->kept_early.end() ? std::chrono::milliseconds{0} : found->second;
}

schema::workflow_definition definition::row() const {
  schema::workflow_definition row;
  row.wfdef_key = data_->key;
  row.wfdef_rev = data_->revision;
  row.title = data_->title;
  row.wf_namespace = data_->wf_namespace;
  row.desc = data_->desc;
  for (const auto& role : data_->roles)
    row.roles.push_back({{"key", role.key}, {"title", role.title}});
  for (const auto& stage : data_->stages) {
    json::object entry{{"key", stage.key}, {"title", stage.title}};
    if (stage.options.type) entry["type"] = *stage.options.type;
    if (stage.options.desc) entry["desc"] = *stage.options.desc;
    row.stages.push_back(std::move(entry));
  }
  for (const auto& step : data_->steps) {
    json::array transitions;
    for (const auto& transition : step.transitions)
      transitions.push_back({{"to", transition.to},
                             {transition.states_are_allowed ? "from" : "not_from",
                              json::array(transition.states.begin(), transition.states.end())}});
    json::object entry{
        {"key", step.key},
        {"title", step.options.title},
        {"stage", step.options.stage},
        {"states", json::array(step.options.states.begin(), step.options.states.end())},
        {"repeats", step.options.repeats},
        {"transitions", std::move(transitions)}};
    if (step.options.desc) entry["desc"] = *step.options.desc;
    if (!step.options.candidates.empty()) entry["candidates"] = to_json(step.options.candidates);
    if (step.options.priority) entry["priority"] = *step.options.priority;
    if (step.options.only_holder_answers) entry["only_holder_answers"] = true;
    row.steps.push_back(std::move(entry));
  }
  return row;
}

}  // namespace nava::engine
