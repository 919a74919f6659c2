// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/engine/refusal.hpp>
#include <nava/schema/text.hpp>
#include <nava/workflow/limits.hpp>

#include "engine/command.hpp"
#include "engine/runner.hpp"
#include "workflow/legal_hold.hpp"

/// The verbs that place and release a legal hold. No status forbids them: a workflow that has
/// finished is the one that a purge would delete.
namespace nava::engine {
namespace {

using schema::workflow;

bool has(const std::vector<std::string>& holds, std::string_view name) {
  return std::find(holds.begin(), holds.end(), name) != holds.end();
}

}  // namespace

workflow_context& workflow_context::place_legal_hold(std::string_view name) {
  if (name.empty() || name.size() > key_bytes_max)
    throw action_refused{fmt::format("a legal hold has a name of 1 to {} bytes, this one has {}",
                                     key_bytes_max, name.size())};
  const auto holds = legal_holds_of(row());
  if (has(holds, name)) return *this;
  if (holds.size() >= legal_holds_max)
    throw action_refused{
        fmt::format("a workflow has at most {} legal holds; release one first", legal_holds_max)};
  json::array tags = row().sys_tag;
  tags.push_back(
      json::object{{legal_hold_member, name}, {"since", schema::to_text(runner_->now())}});
  if (runner_->actor()) tags.back().get_object()["actor"] = *runner_->actor();
  runner_->update("place_legal_hold", workflow_patch{}.set<&workflow::sys_tag>(std::move(tags)));
  return *this;
}

workflow_context& workflow_context::release_legal_hold(std::string_view name) {
  const auto holds = legal_holds_of(row());
  if (!has(holds, name))
    throw action_refused{fmt::format("the workflow is not under legal hold '{}'{}", name,
                                     holds.empty() ? "" : ", but " + legal_hold_text(holds))};
  json::array kept;
  for (const json::value& tag : row().sys_tag)
    if (!has(legal_holds_in({tag}), name)) kept.push_back(tag);
  runner_->update("release_legal_hold", workflow_patch{}.set<&workflow::sys_tag>(std::move(kept)));
  return *this;
}

command_act act_of(legal_hold_command verb, std::string_view name) {
  const bool places = verb == legal_hold_command::place;
  return {.verb = places ? "place-legal-hold" : "release-legal-hold",
          .about = {{legal_hold_member, name}},
          .run = [places, name](runner& runner) {
            workflow_context workflow{runner};
            places ? workflow.place_legal_hold(name) : workflow.release_legal_hold(name);
          }};
}

decision decide(const definition& definition, const workflow_state& state, legal_hold_command verb,
                std::string_view name, const command_cause& why, timestamp now,
                const uuid& transaction_id) {
  return decide(definition, state, act_of(verb, name), why, now, transaction_id);
}

}  // namespace nava::engine
