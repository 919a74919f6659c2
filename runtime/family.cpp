// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nava/engine/refusal.hpp>
#include <nava/runtime/family.hpp>
#include <nava/schema/text.hpp>
#include <set>
#include <span>

#include "engine/child.hpp"
#include "workflow/legal_hold.hpp"

namespace nava {
namespace {

using schema::to_text;

// Of one statement.
constexpr std::size_t parents_at_once = 100;

// Of the workflow that was asked for: a tag of another version of Nava leads to nobody.
std::optional<uuid> parent_id_of(const schema::workflow& row) try {
  const auto parent = engine::parent_of(row);
  return parent ? std::optional{parent->workflow_id} : std::nullopt;
} catch (const engine::refused&) {
  return std::nullopt;
}

// A child was found by its tag.
family_member child_of(schema::workflow row, std::size_t depth) try {
  const uuid parent = engine::parent_of(row).value().workflow_id;
  return {std::move(row), parent, depth};
} catch (const std::exception& failure) {
  throw error{error_kind::other,
              fmt::format("workflow {} is a child, and its tag cannot be read: {}", to_text(row.id),
                          failure.what())};
}

// The generations of a family, the oldest first.
class generations {
 public:
  generations(persistence::store& store, const uuid& id, std::size_t members_max)
      : store_(store), id_(id), members_max_(members_max) {
    auto founder = store.load(id);
    if (!founder) return;
    known_.insert(id);
    const auto parent = parent_id_of(founder->state.workflow);
    all_.push_back({{std::move(founder->state.workflow), parent, 0}});
    while (!all_.back().empty()) all_.push_back(next());
    all_.pop_back();
  }

  [[nodiscard]] std::vector<std::vector<family_member>>& all() { return all_; }

 private:
  std::vector<family_member> next() {
    std::vector<uuid> parents;
    for (const auto& each : all_.back()) parents.push_back(each.row.id);
    std::vector<family_member> found;
    for (std::size_t at = 0; at < parents.size(); at += parents_at_once)
      add_children_of(
          std::span{parents}.subspan(at, std::min(parents_at_once, parents.size() - at)), found);
    return found;
  }

  void add_children_of(std::span<const uuid> parents, std::vector<family_member>& found) {
    std::optional<uuid> after;
    while (true) {
      auto page = store_.list_children(parents, after);
      for (auto& row : page) {
        after = row.id;
        if (!known_.insert(row.id).second) continue;
        if (known_.size() > members_max_)
          throw error{error_kind::invalid_input,
                      fmt::format("the family of workflow {} has more than {} members",
                                  to_text(id_), members_max_)};
        found.push_back(child_of(std::move(row), all_.size()));
      }
      if (page.size() < persistence::list_rows_max) return;
    }
  }

  persistence::store& store_;
  const uuid id_;
  const std::size_t members_max_;
  std::set<uuid> known_;
  std::vector<std::vector<family_member>> all_;
};

}  // namespace

std::vector<family_member> load_family(persistence::store& store, const uuid& id,
                                       std::size_t members_max) {
  generations loaded{store, id, members_max};
  auto& all = loaded.all();
  std::map<uuid, std::vector<family_member*>> children;
  for (std::size_t depth = 1; depth < all.size(); ++depth)
    for (auto& each : all[depth])
      if (each.parent_id) children[*each.parent_id].push_back(&each);
  std::vector<family_member> family;
  std::vector<family_member*> next;
  if (!all.empty()) next.push_back(&all.front().front());
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
  auto there = store.load(id);
  if (!there)
    throw error{error_kind::not_found, fmt::format("there is no workflow {}", to_text(id))};
  uuid founder = id;
  std::set<uuid> known{id};
  while (const auto parent = parent_id_of(there->state.workflow)) {
    there = store.load(*parent);
    if (!there || !known.insert(*parent).second) break;
    founder = *parent;
  }
  return founder;
}

void expect_at_rest(persistence::store& store, const std::vector<family_member>& family) {
  for (const auto& each : family) {
    const auto refuse = [&](const std::string& why, error_kind kind = error_kind::invalid_input) {
      throw error{
          kind, fmt::format("workflow {} of the family, '{}' of {}/{}, {}", to_text(each.row.id),
                            each.row.wfdef_key, each.row.resource_name, each.row.resource_id, why)};
    };
    const auto there = store.load(each.row.id);
    if (!there) continue;
    const auto& state = there->state;
    if (!schema::is_finished(state.workflow.status))
      refuse(fmt::format("is {}; end or cancel it first", schema::to_text(state.workflow.status)));
    if (const auto holds = legal_holds_of(state.workflow); !holds.empty())
      refuse(fmt::format("is {}; release it first", legal_hold_text(holds)),
             error_kind::legal_hold);
    if (!state.tasks.empty())
      refuse(fmt::format("has an open task '{}'; let a worker run it first",
                         state.tasks.front().name));
  }
}

std::vector<uuid> in_order_of_deletion(std::vector<family_member> family) {
  std::stable_sort(family.begin(), family.end(),
                   [](const auto& a, const auto& b) { return a.depth > b.depth; });
  std::vector<uuid> ids;
  for (const auto& each : family) ids.push_back(each.row.id);
  return ids;
}

std::size_t erase_family(persistence::store& store, const uuid& id, std::size_t members_max) {
  const auto family = load_family(store, id, members_max);
  expect_at_rest(store, family);
  std::size_t erased = 0;
  for (const uuid& each : in_order_of_deletion(family)) erased += store.erase(each) ? 1 : 0;
  return erased;
}

}  // namespace nava
