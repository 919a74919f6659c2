// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/workflow/error.hpp>

#include "engine/runner.hpp"
#include "engine/worklist.hpp"
#include "workflow/storable.hpp"

/// The verbs by which a step changes hands.
namespace nava::engine {
namespace {

using namespace schema;

bool contains(const std::vector<std::string>& names, std::string_view wanted) {
  return std::find(names.begin(), names.end(), wanted) != names.end();
}

void add_missing(std::vector<std::string>& names, const std::vector<std::string>& more) {
  for (const std::string& each : more)
    if (!contains(names, each)) names.push_back(each);
}

// No list is asked for an empty name.
void check_name(std::string_view what, std::string_view name) {
  if (name.empty()) throw action_refused{fmt::format("{} has an empty name", what)};
  if (name.size() > key_bytes_max)
    throw action_refused{
        fmt::format("the name of {} is longer than {} bytes; shorten it", what, key_bytes_max)};
}

const workflow_step& held(const runner& runner, std::string_view verb, const uuid& id) {
  const workflow_step& row = runner.guard_step(verb, id, step_status::active);
  if (!row.owner_id)
    throw action_refused{fmt::format("{} is refused while nobody has step '{}'; claim or assign it",
                                     verb, row.step_key)};
  return row;
}

// Why a claimant may not have a step.
[[noreturn]] void refuse_claim(const workflow_step& row, const claimant& who,
                               const candidates& may) {
  if (may.empty())
    throw action_refused{
        fmt::format("step '{}' has no candidates who could claim it; assign it", row.step_key)};
  throw action_refused{fmt::format("'{}', who is in {} groups, is no candidate of step '{}'",
                                   who.user, who.groups.size(), row.step_key)};
}

bool is_candidate(const workflow_state& state, const std::string& user, const candidates& may) {
  return contains(may.users, user) ||
         std::any_of(state.participants.begin(), state.participants.end(), [&](const auto& each) {
           return each.user_id == user && contains(may.roles, each.role);
         });
}

bool is_candidate(const workflow_state& state, const claimant& who, const candidates& may) {
  const auto stands_in_for_one = [&] {
    return std::any_of(who.stands_in_for.begin(), who.stands_in_for.end(),
                       [&](const auto& other) { return is_candidate(state, other, may); });
  };
  return is_candidate(state, who.user, may) || stands_in_for_one() ||
         std::any_of(who.groups.begin(), who.groups.end(),
                     [&](const auto& group) { return contains(may.groups, group); });
}

step_patch hands_to(const std::optional<std::string>& owner) {
  return step_patch{}.set<&workflow_step::owner_id>(owner).set<&workflow_step::delegate_id>(
      std::nullopt);
}

}  // namespace

void check_step_priority(std::int64_t priority) {
  if (priority < -step_priority_max || priority > step_priority_max)
    throw action_refused{fmt::format("the priority of a step is {}; {} to {} are allowed", priority,
                                     -step_priority_max, step_priority_max)};
}

void check_owner(std::string_view user) { check_name("an owner", user); }

json::object runner::storable_candidates(const candidates& who) const {
  if (who.users.size() + who.groups.size() + who.roles.size() > candidates_max)
    throw action_refused{
        fmt::format("a step has at most {} candidates; name a group", candidates_max)};
  for (const std::string& each : who.users) check_name("a candidate", each);
  for (const std::string& each : who.groups) check_name("a candidate group", each);
  for (const std::string& each : who.roles) expect_role(each);
  return to_json(who);
}

void runner::expect_role(std::string_view role) const {
  if (std::none_of(definition_.roles.begin(), definition_.roles.end(),
                   [&](const auto& known) { return known.key == role; }))
    throw action_refused{fmt::format("definition '{}' has no role '{}'", definition_.key, role)};
}

void runner::run(hand_over how, const uuid& step_id) {
  run(definition_of(step(step_id)).on_hand_over[static_cast<std::size_t>(how)], step_id);
}

step_context& step_context::claim(const claimant& who) {
  const workflow_step& row = runner_->guard_step("claim", id_, step_status::active);
  check_name("a claimant", who.user);
  if (who.groups.size() + who.stands_in_for.size() > claimant_groups_max)
    throw action_refused{fmt::format("a claimant has more than {} groups and users to stand in for",
                                     claimant_groups_max)};
  if (const auto& holder = holder_of(row)) {
    if (*holder == who.user) return *this;
    throw step_taken{fmt::format("'{}' has step '{}' already", *holder, row.step_key), *holder};
  }
  const candidates may = candidates_of(row);
  if (!is_candidate(runner_->state(), who, may)) refuse_claim(row, who, may);
  runner_->update("claim", hands_to(who.user), id_);
  runner_->run(hand_over::claimed, id_);
  return *this;
}

step_context& step_context::unclaim() {
  const workflow_step& row = held(*runner_, "unclaim", id_);
  if (candidates_of(row).empty())
    throw action_refused{fmt::format(
        "step '{}' has no candidates who could claim it after '{}'; assign it to somebody else",
        row.step_key, *row.owner_id)};
  runner_->update("unclaim", hands_to(std::nullopt), id_);
  runner_->run(hand_over::unclaimed, id_);
  return *this;
}

step_context& step_context::assign(std::string_view user) {
  (void)runner_->guard_step("assign", id_, step_status::active);
  check_owner(user);
  runner_->update("assign", hands_to(std::string{user}), id_);
  runner_->run(hand_over::assigned, id_);
  return *this;
}

step_context& step_context::delegate(std::string_view user) {
  const workflow_step& row = held(*runner_, "delegate", id_);
  check_name("a delegate", user);
  if (row.delegate_id)
    throw action_refused{fmt::format("step '{}' is delegated to '{}'; resolve it first",
                                     row.step_key, *row.delegate_id)};
  if (*row.owner_id == user)
    throw action_refused{
        fmt::format("'{}' has step '{}', and cannot be its delegate too", user, row.step_key)};
  runner_->update("delegate", step_patch{}.set<&workflow_step::delegate_id>(std::string{user}),
                  id_);
  runner_->run(hand_over::delegated, id_);
  return *this;
}

step_context& step_context::resolve() {
  const workflow_step& row = runner_->guard_step("resolve", id_, step_status::active);
  if (!row.delegate_id)
    throw action_refused{fmt::format("step '{}' is not delegated", row.step_key)};
  runner_->update("resolve", step_patch{}.set<&workflow_step::delegate_id>(std::nullopt), id_);
  runner_->run(hand_over::resolved, id_);
  return *this;
}

step_context& step_context::offer_to(const candidates& who) {
  (void)runner_->guard_step("offer_to", id_, step_status::active);
  const json::object stored = runner_->storable_candidates(who);
  runner_->update("offer_to",
                  step_patch{}.set<&workflow_step::candidates>(
                      stored.empty() ? std::nullopt : std::optional{stored}),
                  id_);
  return *this;
}

step_context& step_context::escalate_to(const candidates& who) {
  const workflow_step& row = runner_->guard_step("escalate_to", id_, step_status::active);
  if (who.empty())
    throw action_refused{fmt::format("step '{}' is escalated to nobody", row.step_key)};
  candidates all = candidates_of(row);
  add_missing(all.users, who.users);
  add_missing(all.groups, who.groups);
  add_missing(all.roles, who.roles);
  auto change = hands_to(std::nullopt);
  change.set<&workflow_step::candidates>(std::optional{runner_->storable_candidates(all)});
  runner_->update("escalate_to", std::move(change), id_);
  runner_->run(hand_over::escalated, id_);
  return *this;
}

step_context& step_context::follow_up_at(const std::optional<timestamp>& at) {
  (void)runner_->guard_step("follow_up_at", id_, step_status::active);
  runner_->update("follow_up_at", step_patch{}.set<&workflow_step::ts_follow_up>(at), id_);
  return *this;
}

step_context& step_context::prioritize(std::int64_t priority) {
  (void)runner_->guard_step("prioritize", id_, step_status::active);
  check_step_priority(priority);
  runner_->update("prioritize", step_patch{}.set<&workflow_step::priority>(priority), id_);
  return *this;
}

step_context& step_context::comment(std::string_view author, std::string_view content) {
  check_name("an author", author);
  runner_->message(row().step_key, content, author);
  return *this;
}

workflow_context& workflow_context::comment(std::string_view author, std::string_view content) {
  check_name("an author", author);
  runner_->message("workflow", content, author);
  return *this;
}

}  // namespace nava::engine
