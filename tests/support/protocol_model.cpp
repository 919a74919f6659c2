// SPDX-License-Identifier: Apache-2.0
#include "support/protocol_model.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace nava::test::model {
namespace {

constexpr std::uint8_t tries_max = 4;  // of one engine; each is a transaction

std::uint8_t bit(std::uint8_t number) { return static_cast<std::uint8_t>(1U << number); }

void add(std::string& bytes, std::uint8_t value) { bytes += static_cast<char>(value); }

}  // namespace

verdict commit_database::commit(const commit_message& sent, const commit_guards& guards) {
  const std::size_t at = sent.workflow;
  if (guards.knows_transactions && (transactions & (1U << sent.transaction)) != 0)
    return verdict::already_applied;
  if (guards.compares_revision && revision[at] != sent.revision) return verdict::conflict;
  if (guards.has_unique_keys && sent.key != 0 && (keys[at] & bit(sent.key)) != 0)
    return verdict::conflict;
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
  if (said == verdict::applied) ++owner.applied;
  if (asks == nullptr) return;
  // After a conflict it looks again, and decides anew.
  asks->at = said == verdict::conflict ? phase::begins : phase::told;
}

std::vector<std::pair<std::string, commit_world>> commit_world::next(
    const commit_guards& guards) const {
  std::vector<std::pair<std::string, commit_world>> found;
  const auto add_step = [&](std::string step, const commit_world& made) {
    found.emplace_back(std::move(step), made);
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
      auto& call = made.all[i].call;
      call.revision = database.revision[call.workflow];
      call.transaction = static_cast<std::uint8_t>(i * tries_max + one.tries);
      ++made.all[i].tries;
      if (call.key != 0 && (database.keys[call.workflow] & bit(call.key)) != 0)
        made.all[i].at = phase::told;
      add_step(fmt::format("engine {} reads revision {}", i, call.revision), made);
    }
    if (one.at == phase::unknown && one.call.key != 0 && one.tries < tries_max)
      add_step(fmt::format("engine {} begins anew", i), changed(phase::begins));
    if (one.at == phase::has_read || one.at == phase::unknown) {
      commit_world made = *this;
      made.arrive(one.call, guards, &made.all[i]);
      add_step(fmt::format("engine {} commits on revision {}", i, one.call.revision), made);
      if (faults == 0) continue;
      add_step(fmt::format("the call of engine {} is lost", i), faulty(phase::unknown));
      commit_world answered = faulty(phase::unknown);
      answered.arrive(one.call, guards, nullptr);
      add_step(fmt::format("the answer to engine {} is lost", i), answered);
      commit_world late_call = faulty(phase::unknown);
      late_call.late.push_back(one.call);
      add_step(fmt::format("the call of engine {} is late", i), late_call);
    }
  }
  for (std::size_t i = 0; i < late.size(); ++i) {
    commit_world made = *this;
    made.late.erase(made.late.begin() + static_cast<std::ptrdiff_t>(i));
    made.arrive(late[i], guards, nullptr);
    add_step(fmt::format("a late call arrives, on revision {}", late[i].revision), made);
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

std::uint8_t lease_database::claim(const lease_guards& guards) {
  if (!is_open || fence == claims_max) return 0;
  if (is == lease::held && guards.waits_for_lease) return 0;
  if (is == lease::held) was_stolen = true;
  is = lease::held;
  return ++fence;
}

ended lease_database::settle(std::uint8_t with, const lease_guards& guards) {
  if (!is_open) return ended_by == with ? ended::before : ended::lost;
  if (guards.compares_fence && with != fence) return ended::lost;
  if (is == lease::none) return ended::lost;
  if (with != fence) was_stolen = true;
  is_open = false;
  is = lease::none;
  ended_by = with;
  ++ends;
  return ended::kept;
}

std::vector<std::pair<std::string, lease_world>> lease_world::next(
    const lease_guards& guards) const {
  std::vector<std::pair<std::string, lease_world>> found;
  for (std::size_t task = 0; task < workflows; ++task)
    if (tasks[task].is == lease::held) {
      lease_world made = *this;
      made.tasks[task].is = lease::over;
      found.emplace_back(fmt::format("the lease of task {} is over", task), made);
    }
  for (std::size_t i = 0; i < engines; ++i) {
    const engine& one = all[i];
    if (one.at != phase::holds && one.at != phase::unknown) {
      for (std::size_t task = 0; task < workflows; ++task) {
        lease_world made = *this;
        const std::uint8_t fence = made.tasks[task].claim(guards);
        if (fence == 0) continue;
        made.all[i] = {phase::holds, static_cast<std::uint8_t>(task), fence};
        found.emplace_back(fmt::format("engine {} claims task {}", i, task), made);
      }
      continue;
    }
    const auto settled_by = [&](lease_world& made) {
      return made.tasks[one.task].settle(one.fence, guards);
    };
    lease_world told = *this;
    told.all[i].at = settled_by(told) == ended::lost ? phase::lost : phase::kept;
    found.emplace_back(fmt::format("engine {} settles with fence {}", i, one.fence), told);
    if (faults == 0) continue;
    lease_world lost = *this;
    --lost.faults;
    lost.all[i].at = phase::unknown;
    found.emplace_back(fmt::format("the call of engine {} is lost", i), lost);
    lease_world unanswered = lost;
    (void)settled_by(unanswered);
    found.emplace_back(fmt::format("the answer to engine {} is lost", i), unanswered);
    lease_world later = lost;
    later.late.emplace_back(one.task, one.fence);
    found.emplace_back(fmt::format("the call of engine {} is late", i), later);
    lease_world dead = lost;
    dead.all[i] = {};
    found.emplace_back(fmt::format("engine {} dies", i), dead);
  }
  for (std::size_t i = 0; i < late.size(); ++i) {
    lease_world made = *this;
    made.late.erase(made.late.begin() + static_cast<std::ptrdiff_t>(i));
    (void)made.tasks[late[i].first].settle(late[i].second, guards);
    found.emplace_back(fmt::format("a late call arrives, with fence {}", late[i].second), made);
  }
  return found;
}

std::string lease_world::broken() const {
  for (const auto& task : tasks) {
    if (task.was_stolen) return "a task was ended or held by two";
    if (task.ends > 1) return "a task ended twice";
  }
  for (const engine& one : all)
    if (one.at == phase::kept && (tasks[one.task].is_open || tasks[one.task].ended_by != one.fence))
      return "a result was acknowledged, and is not stored";
  return {};
}

std::string lease_world::bytes() const {
  std::string made;
  for (const auto& task : tasks)
    for (const std::uint8_t each :
         {static_cast<std::uint8_t>(task.is), task.fence, static_cast<std::uint8_t>(task.is_open),
          task.ended_by, static_cast<std::uint8_t>(task.was_stolen)})
      add(made, each);
  // Which engine is which makes no difference.
  std::array<std::string, engines> each_engine;
  for (std::size_t i = 0; i < engines; ++i)
    each_engine[i] = {static_cast<char>(all[i].at), static_cast<char>(all[i].task),
                      static_cast<char>(all[i].fence)};
  std::ranges::sort(each_engine);
  for (const auto& each : each_engine) made += each;
  auto sorted = late;
  std::ranges::sort(sorted);
  for (const auto& [task, fence] : sorted) {
    add(made, task);
    add(made, fence);
  }
  add(made, faults);
  return made;
}

}  // namespace nava::test::model
