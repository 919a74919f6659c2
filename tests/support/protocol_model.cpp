// SPDX-License-Identifier: Apache-2.0
#include "support/protocol_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

namespace nava::test::model {
namespace {

constexpr std::uint8_t tries_max = 3;  // of one engine; each is a transaction

std::uint8_t bit(std::uint8_t number) { return static_cast<std::uint8_t>(1U << number); }

void add(std::string& bytes, std::uint8_t value) { bytes += static_cast<char>(value); }

std::string text_of(const step& taken) {
  return fmt::format(fmt::runtime(taken.text), taken.first, taken.second);
}

template <class World, class Guards>
exploration explored(const World& first, const Guards& guards) {
  struct place {
    World world;
    std::size_t from = 0;
    std::size_t step = 0;  // of those that lead away from there
  };
  std::vector<place> seen{{first}};
  std::unordered_set<std::string> known{first.bytes()};
  exploration found;
  for (std::size_t at = 0; at < seen.size(); ++at) {
    found.broken = seen[at].world.broken();
    if (!found.broken.empty()) {
      for (std::size_t to = at; to != 0; to = seen[to].from)
        found.steps.insert(found.steps.begin(),
                           text_of(seen[seen[to].from].world.next(guards).at(seen[to].step).first));
      break;
    }
    auto next = seen[at].world.next(guards);
    for (std::size_t step = 0; step < next.size(); ++step)
      if (known.insert(next[step].second.bytes()).second)
        seen.push_back({std::move(next[step].second), at, step});
  }
  found.states = seen.size();
  return found;
}

}  // namespace

verdict commit_database::commit(const commit_message& sent, const commit_guards& guards) {
  const std::size_t at = sent.workflow;
  if (guards.knows_transactions && (transactions & (1U << sent.transaction)) != 0)
    return verdict::already_applied;
  if (guards.compares_revision && revision[at] != sent.revision) return verdict::conflict;
  if (guards.has_unique_keys && sent.key != 0 && (keys[at] & bit(sent.key)) != 0)
    return verdict::conflict;
  if (!guards.writes_before_it_answers) return verdict::applied;
  if ((decided[at] & bit(sent.revision)) != 0) is_forked = true;
  decided[at] |= bit(sent.revision);
  transactions |= 1U << sent.transaction;
  if (sent.key != 0) keys[at] |= bit(sent.key);
  ++revision[at];
  return verdict::applied;
}

void commit_world::arrive(const commit_message& sent, const commit_guards& guards, engine* asks) {
  const verdict said = database.commit(sent, guards);
  auto& owner = all[sent.transaction / tries_max];
  if (said == verdict::applied && guards.writes_before_it_answers) ++owner.applied;
  if (asks == nullptr) return;
  // After a conflict it looks again, and decides anew.
  asks->at = said == verdict::conflict ? phase::begins : phase::told;
  if (said == verdict::conflict) asks->may_use_cache = false;
}

std::vector<std::pair<step, commit_world>> commit_world::next(const commit_guards& guards) const {
  std::vector<std::pair<step, commit_world>> found;
  const auto add_step = [&](const step& taken, const commit_world& made) {
    found.emplace_back(taken, made);
  };
  for (std::size_t i = 0; i < engines; ++i) {
    const engine& one = all[i];
    const auto changed = [&](phase to) {
      commit_world made = *this;
      made.all[i].at = to;
      return made;
    };
    const auto faulty = [&](phase to) {
      commit_world made = changed(to);
      --made.faults;
      return made;
    };
    if (one.at == phase::begins && one.tries < tries_max) {
      commit_world made = changed(phase::has_read);
      commit_message& call = made.all[i].call;
      call.revision = database.revision[call.workflow];
      call.transaction = static_cast<std::uint8_t>(i * tries_max + one.tries);
      ++made.all[i].tries;
      if (call.key != 0 && (database.keys[call.workflow] & bit(call.key)) != 0)
        made.all[i].at = phase::told;
      add_step(step{"engine {} reads revision {}", i, call.revision}, made);
      const std::uint8_t stored = call.revision;
      for (std::uint8_t cached = 0; one.may_use_cache && cached <= stored; ++cached) {
        made.all[i].at = phase::has_read;
        call.revision = cached;
        add_step(step{"engine {} has revision {} in its cache", i, cached}, made);
      }
    }
    if (one.at == phase::unknown && one.call.key != 0 && one.tries < tries_max)
      add_step(step{"engine {} begins anew", i}, changed(phase::begins));
    if (one.at == phase::has_read || one.at == phase::unknown) {
      commit_world made = *this;
      made.arrive(one.call, guards, &made.all[i]);
      add_step(step{"engine {} commits on revision {}", i, one.call.revision}, made);
      if (faults == 0) continue;
      add_step(step{"the call of engine {} is lost", i}, faulty(phase::unknown));
      commit_world answered = faulty(phase::unknown);
      answered.arrive(one.call, guards, nullptr);
      add_step(step{"the answer to engine {} is lost", i}, answered);
      commit_world late_call = faulty(phase::unknown);
      late_call.late.push_back(one.call);
      add_step(step{"the call of engine {} is late", i}, late_call);
    }
  }
  for (std::size_t i = 0; i < late.size(); ++i) {
    commit_world made = *this;
    made.late.erase(made.late.begin() + static_cast<std::ptrdiff_t>(i));
    made.arrive(late[i], guards, nullptr);
    add_step(step{"a late call arrives, on revision {}", late[i].revision}, made);
  }
  return found;
}

std::string commit_world::broken() const {
  if (database.is_forked) return "two decisions were made on one revision";
  for (const engine& one : all) {
    if (one.call.key == 0 && one.applied > 1) return "an event without a key was applied twice";
    if (one.at != phase::told) continue;
    const bool is_applied = one.call.key == 0
                                ? one.applied == 1
                                : (database.keys[one.call.workflow] & bit(one.call.key)) != 0;
    if (!is_applied) return "an event was acknowledged, and is not applied";
  }
  std::array<int, workflows> with_key{};
  for (const engine& one : all)
    if (one.call.key != 0) with_key[one.call.workflow] += one.applied;
  if (std::ranges::any_of(with_key, [](int times) { return times > 1; }))
    return "an event with a key was applied twice";
  return {};
}

std::string commit_world::bytes() const {
  std::string made;
  for (std::size_t i = 0; i < workflows; ++i)
    for (const std::uint8_t each : {database.revision[i], database.keys[i], database.decided[i]})
      add(made, each);
  for (int shift = 0; shift < 24; shift += 8)
    add(made, static_cast<std::uint8_t>(database.transactions >> shift));
  const auto add_call = [&](const commit_message& call) {
    for (const std::uint8_t each : {call.workflow, call.revision, call.key, call.transaction})
      add(made, each);
  };
  for (const engine& one : all) {
    add(made, static_cast<std::uint8_t>(one.at));
    add(made, one.may_use_cache ? 1 : 0);
    add(made, one.tries);
    add(made, one.applied);
    add_call(one.call);
  }
  auto sorted = late;
  std::ranges::sort(sorted);
  for (const auto& each : sorted) add_call(each);
  add(made, faults);
  add(made, database.is_forked ? 1 : 0);
  return made;
}

bool lease_database::claim(const lease_guards& guards) {
  if (!is_open || is == lease::held) return false;
  is = lease::held;
  if (guards.raises_fence || fence == 0) ++fence;
  return true;
}

void lease_database::end_lease() { is = lease::over; }

std::optional<ended> lease_database::refusal(std::uint8_t with, const lease_guards& guards) const {
  if (!is_open && guards.ends_once)
    return ended_by == with || !guards.knows_who_settled ? ended::before : ended::lost;
  if (guards.compares_fence && with != fence) return ended::lost;
  if (is_open && is == lease::none) return ended::before;
  return std::nullopt;
}

ended lease_database::renew(std::uint8_t with, const lease_guards& guards) {
  if (const auto refused = refusal(with, guards)) return *refused;
  is = lease::held;
  return ended::kept;
}

ended lease_database::settle(std::uint8_t with, const lease_guards& guards) {
  if (const auto refused = refusal(with, guards)) return *refused;
  is_open = false;
  is = lease::none;
  ended_by = with;
  return ended::kept;
}

ended lease_database::postpone(std::uint8_t with, const lease_guards& guards) {
  if (const auto refused = refusal(with, guards)) return *refused;
  is = lease::none;
  return ended::kept;
}

ended lease_world::settle(const held_task& held, const lease_guards& guards) {
  const ended said = tasks[held.task].settle(held.fence, guards);
  auto& history = past[held.task];
  if (said != ended::kept) return said;
  ++history.ends;
  history.ended_by = held.claim;
  if (held.claim != history.claims) history.was_stolen = true;
  return said;
}

std::vector<std::pair<step, lease_world>> lease_world::next(const lease_guards& guards) const {
  std::vector<std::pair<step, lease_world>> found;
  for (std::size_t task = 0; task < workflows; ++task)
    if (tasks[task].is == lease::held) {
      lease_world made = *this;
      made.tasks[task].end_lease();
      found.emplace_back(step{"the lease of task {} is over", task}, made);
    }
  for (std::size_t i = 0; i < engines; ++i) {
    const engine& one = all[i];
    if (one.at != phase::holds && one.at != phase::unknown) {
      for (std::size_t task = 0; task < workflows; ++task) {
        lease_world made = *this;
        if (past[task].claims == claims_max || !made.tasks[task].claim(guards)) continue;
        const std::uint8_t claim = ++made.past[task].claims;
        made.all[i] = {phase::holds,
                       {static_cast<std::uint8_t>(task), made.tasks[task].fence, claim}};
        found.emplace_back(step{"engine {} claims task {}", i, task}, made);
      }
      continue;
    }
    if (one.at == phase::holds) {
      lease_world renewed = *this;
      if (renewed.tasks[one.held.task].renew(one.held.fence, guards) != ended::kept)
        renewed.all[i].at = phase::lost;
      found.emplace_back(step{"engine {} renews", i}, renewed);
      lease_world later = *this;
      (void)later.tasks[one.held.task].postpone(one.held.fence, guards);
      later.all[i] = {};
      found.emplace_back(step{"engine {} postpones", i}, later);
    }
    lease_world told = *this;
    told.all[i].at = told.settle(one.held, guards) == ended::lost ? phase::lost : phase::kept;
    found.emplace_back(step{"engine {} settles", i}, told);
    if (faults == 0) continue;
    lease_world lost = *this;
    --lost.faults;
    lost.all[i].at = phase::unknown;
    found.emplace_back(step{"the call of engine {} is lost", i}, lost);
    lease_world unanswered = lost;
    (void)unanswered.settle(one.held, guards);
    found.emplace_back(step{"the answer to engine {} is lost", i}, unanswered);
    lease_world later = lost;
    later.late.push_back(one.held);
    found.emplace_back(step{"the call of engine {} is late", i}, later);
    lease_world dead = lost;
    dead.all[i] = {};
    found.emplace_back(step{"engine {} dies", i}, dead);
  }
  for (std::size_t i = 0; i < late.size(); ++i) {
    lease_world made = *this;
    made.late.erase(made.late.begin() + static_cast<std::ptrdiff_t>(i));
    (void)made.settle(late[i], guards);
    found.emplace_back(step{"a late call arrives"}, made);
  }
  return found;
}

std::string lease_world::broken() const {
  for (const auto& each : past) {
    if (each.ends > 1) return "a task ended twice";
    if (each.was_stolen) return "another than its holder has ended a task";
  }
  for (const engine& one : all)
    if (one.at == phase::kept && past[one.held.task].ended_by != one.held.claim)
      return "a result was acknowledged, and is not stored";
  return {};
}

std::string lease_world::bytes() const {
  std::string made;
  for (std::size_t i = 0; i < workflows; ++i)
    for (const std::uint8_t each :
         {static_cast<std::uint8_t>(tasks[i].is), tasks[i].fence,
          static_cast<std::uint8_t>(tasks[i].is_open), tasks[i].ended_by, past[i].claims,
          past[i].ends, past[i].ended_by, static_cast<std::uint8_t>(past[i].was_stolen)})
      add(made, each);
  const auto add_held = [](std::string& to, const held_task& held) {
    for (const std::uint8_t each : {held.task, held.fence, held.claim}) add(to, each);
  };
  // Which engine is which makes no difference.
  std::array<std::string, engines> each_engine;
  for (std::size_t i = 0; i < engines; ++i) {
    add(each_engine[i], static_cast<std::uint8_t>(all[i].at));
    add_held(each_engine[i], all[i].held);
  }
  std::ranges::sort(each_engine);
  for (const auto& each : each_engine) made += each;
  auto sorted = late;
  std::ranges::sort(sorted);
  for (const auto& each : sorted) add_held(made, each);
  add(made, faults);
  return made;
}

exploration explore(const commit_world& first, const commit_guards& guards) {
  return explored(first, guards);
}

exploration explore(const lease_world& first, const lease_guards& guards) {
  return explored(first, guards);
}

}  // namespace nava::test::model
