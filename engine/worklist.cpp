// SPDX-License-Identifier: Apache-2.0
#include "engine/worklist.hpp"

#include <algorithm>
#include <nava/workflow/limits.hpp>
#include <set>
#include <string_view>
#include <tuple>

namespace nava::engine {
namespace {

using namespace schema;

json::array to_array(const std::vector<std::string>& names) {
  return json::array(names.begin(), names.end());
}

std::vector<std::string> names_in(const json::object& stored, std::string_view key) {
  std::vector<std::string> names;
  const json::value* found = stored.if_contains(key);
  if (found == nullptr || !found->is_array()) return names;
  for (const json::value& each : found->get_array())
    if (each.is_string()) names.emplace_back(each.get_string());
  return names;
}

auto key_of(const workflow_worklist& row) {
  return std::tie(row.step_id, row.place, row.principal);
}

bool is_before(const workflow_worklist& left, const workflow_worklist& right) {
  return key_of(left) < key_of(right);
}

bool has_same_values(const workflow_worklist& left, const workflow_worklist& right) {
  return std::tie(left.ts_due, left.ts_follow_up, left.priority) ==
         std::tie(right.ts_due, right.ts_follow_up, right.priority);
}

// In the order of their keys.
std::vector<workflow_worklist> rows_of(const workflow_state& state, const workflow_step& step) {
  std::vector<workflow_worklist> rows;
  if (is_finished(state.workflow.status) || is_finished(step.status)) return rows;
  const auto& holder = holder_of(step);
  if (!holder && !step.candidates) return rows;
  workflow_worklist row{.workflow_id = state.workflow.id,
                        .step_id = step.id,
                        .place = worklist_place::owner,
                        .principal = {},
                        .ts_due = step.ts_due.value_or(worklist_never),
                        .ts_follow_up = step.ts_follow_up,
                        .priority = step.priority.value_or(0)};
  const auto add = [&](worklist_place place, std::string_view principal) {
    row.place = place;
    row.principal = principal;
    rows.push_back(row);
  };
  if (holder) {
    // An owner of before the names were checked may be one that nobody can ask for.
    if (!holder->empty() && holder->size() <= key_bytes_max) add(worklist_place::owner, *holder);
    return rows;
  }
  const candidates may = candidates_of(step);
  std::set<std::string_view> users{may.users.begin(), may.users.end()};
  for (const workflow_participant& each : state.participants)
    if (!each.user_id.empty() && each.user_id.size() <= key_bytes_max &&
        std::find(may.roles.begin(), may.roles.end(), each.role) != may.roles.end())
      users.insert(each.user_id);
  for (const std::string_view user : users) add(worklist_place::user, user);
  for (const std::string_view group :
       std::set<std::string_view>{may.groups.begin(), may.groups.end()})
    add(worklist_place::group, group);
  return rows;
}

void add_changes(entry_changes<workflow_worklist>& changes,
                 const std::vector<workflow_worklist>& before,
                 const std::vector<workflow_worklist>& after) {
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(),
                      std::back_inserter(changes.removed), is_before);
  auto old = before.begin();
  for (const workflow_worklist& row : after) {
    while (old != before.end() && is_before(*old, row)) ++old;
    if (old == before.end() || is_before(row, *old))
      changes.inserted.push_back(row);
    else if (!has_same_values(*old, row))
      changes.updated.push_back(row);
  }
}

const workflow_step* step_in(const workflow_state& state, const uuid& id) {
  const auto found = std::find_if(state.steps.rbegin(), state.steps.rend(),
                                  [&](const auto& each) { return each.id == id; });
  return found == state.steps.rend() ? nullptr : &*found;
}

}  // namespace

candidates candidates_of(const workflow_step& step) {
  if (!step.candidates) return {};
  return {names_in(*step.candidates, "users"), names_in(*step.candidates, "groups"),
          names_in(*step.candidates, "roles")};
}

json::object to_json(const candidates& who) {
  json::object stored;
  const auto add = [&](std::string_view key, const std::vector<std::string>& names) {
    if (!names.empty()) stored[key] = to_array(names);
  };
  add("users", who.users);
  add("groups", who.groups);
  add("roles", who.roles);
  return stored;
}

std::vector<workflow_worklist> worklist_of(const workflow_state& state) {
  std::vector<workflow_worklist> all;
  for (const workflow_step& step : state.steps) {
    const auto rows = rows_of(state, step);
    all.insert(all.end(), rows.begin(), rows.end());
  }
  return all;
}

void worklist_changes::expect(const workflow_state& before, const uuid& step_id) {
  const auto [place, is_new] = before_.try_emplace(step_id);
  if (!is_new) return;
  if (const workflow_step* step = step_in(before, step_id)) place->second = rows_of(before, *step);
}

void worklist_changes::expect_all(const workflow_state& before) {
  for (const workflow_step& step : before.steps)
    if (!is_finished(step.status) && (holder_of(step) || step.candidates)) expect(before, step.id);
}

entry_changes<workflow_worklist> worklist_changes::until(const workflow_state& after) const {
  entry_changes<workflow_worklist> changes;
  for (const auto& [step_id, before] : before_)
    if (const workflow_step* step = step_in(after, step_id))
      add_changes(changes, before, rows_of(after, *step));
  return changes;
}

}  // namespace nava::engine
