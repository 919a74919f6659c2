// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/engine/definition.hpp>
#include <nava/runtime/family.hpp>
#include <nava/schema/row.hpp>
#include <nava/schema/text.hpp>
#include <nava/schema/workflow_tables.hpp>
#include <set>
#include <span>

#include "engine/child.hpp"

namespace nava {
namespace {

using schema::to_text;

// Of one statement: the results of children, which lie in their parents' tasks, may be large.
constexpr std::size_t parents_at_once = 100;

template <class Table>
std::vector<typename Table::row_type> rows_of(persistence::store& store, schema::name_list key,
                                              json::array values) {
  std::vector<typename Table::row_type> rows;
  if (values.empty()) return rows;
  const auto& description = schema::workflow_database<>::description;
  try {
    for (const json::object& row : store.related_rows(
             {schema::find_table(description, Table::name.view()), key, {}, 0}, std::move(values)))
      rows.push_back(schema::from_json<Table>(row));
  } catch (const schema::conversion_error& failure) {
    throw error{error_kind::other, failure.what()};
  }
  return rows;
}

// Those that are stored. A workflow of the same resource that somebody else has started is none.
std::vector<schema::workflow> children_of(persistence::store& store,
                                          std::span<const uuid> parents) {
  static constexpr std::string_view of_task[]{"workflow_id", "name"};
  static constexpr std::string_view of_child[]{"resource_name", "resource_id", "wfdef_key"};
  json::array families;
  for (const uuid& id : parents) families.push_back(json::array{to_text(id), engine::child_task});
  std::set<std::pair<uuid, uuid>> links;
  json::array asked_for;
  for (const auto& task :
       rows_of<schema::workflow_task_table>(store, of_task, std::move(families))) {
    const auto asked = engine::child_request_of(task.input);
    links.emplace(task.workflow_id, task.id);
    asked_for.push_back(json::array{asked.about.name, asked.about.id, asked.wfdef_key});
  }
  auto children = rows_of<schema::workflow_table>(store, of_child, std::move(asked_for));
  std::erase_if(children, [&](const schema::workflow& child) {
    const auto parent = engine::parent_of(child);
    return !parent || !links.contains({parent->workflow_id, parent->task_id});
  });
  std::sort(children.begin(), children.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return children;
}

family_member member_of(schema::workflow row, std::size_t depth) {
  const auto parent = engine::parent_of(row);
  return {std::move(row), parent ? std::optional{parent->workflow_id} : std::nullopt, depth};
}

// The generations of a family, the oldest first.
std::vector<std::vector<family_member>> generations_of(persistence::store& store, const uuid& id,
                                                       std::size_t members_max) {
  std::vector<std::vector<family_member>> generations;
  auto founder = store.load(id);
  if (!founder) return generations;
  std::set<uuid> known{id};
  generations.push_back({member_of(std::move(founder->state.workflow), 0)});
  while (!generations.back().empty()) {
    std::vector<uuid> parents;
    for (const auto& each : generations.back()) parents.push_back(each.row.id);
    std::vector<family_member> next;
    for (std::size_t at = 0; at < parents.size(); at += parents_at_once)
      for (auto& child : children_of(
               store,
               std::span{parents}.subspan(at, std::min(parents_at_once, parents.size() - at)))) {
        if (!known.insert(child.id).second) continue;
        if (known.size() > members_max)
          throw error{error_kind::invalid_input,
                      fmt::format("the family of workflow {} has more than {} members", to_text(id),
                                  members_max)};
        next.push_back(member_of(std::move(child), generations.size()));
      }
    generations.push_back(std::move(next));
  }
  generations.pop_back();
  return generations;
}

}  // namespace

std::vector<family_member> load_family(persistence::store& store, const uuid& id,
                                       std::size_t members_max) {
  auto generations = generations_of(store, id, members_max);
  std::map<uuid, std::vector<family_member*>> children;
  for (std::size_t depth = 1; depth < generations.size(); ++depth)
    for (auto& each : generations[depth]) children[*each.parent_id].push_back(&each);
  std::vector<family_member> family;
  std::vector<family_member*> next;
  if (!generations.empty()) next.push_back(&generations.front().front());
  while (!next.empty()) {
    family_member* const member = next.back();
    next.pop_back();
    auto& own = children[member->row.id];
    std::sort(own.begin(), own.end(),
              [](const auto* a, const auto* b) { return a->row.id > b->row.id; });
    next.insert(next.end(), own.begin(), own.end());
    family.push_back(std::move(*member));
  }
  return family;
}

uuid founder_of(persistence::store& store, const uuid& id) {
  uuid founder = id;
  auto there = store.load(id);
  if (!there)
    throw error{error_kind::not_found, fmt::format("there is no workflow {}", to_text(id))};
  while (const auto parent = engine::parent_of(there->state.workflow)) {
    there = store.load(parent->workflow_id);
    if (!there) break;
    founder = parent->workflow_id;
  }
  return founder;
}

std::size_t erase_family(persistence::store& store, const uuid& id, std::size_t members_max) {
  std::size_t erased = 0;
  while (true) {
    const auto generations = generations_of(store, id, members_max);
    if (generations.size() < 2) break;
    for (std::size_t depth = generations.size(); --depth > 0;)
      for (const auto& each : generations[depth]) erased += store.erase(each.row.id) ? 1 : 0;
  }
  return erased + (store.erase(id) ? 1 : 0);
}

}  // namespace nava
