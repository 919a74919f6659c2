// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/task_claimer.hpp"

#include <algorithm>
#include <nava/engine/context.hpp>

namespace nava {
namespace {

using engine::task_priority;
using persistence::agenda_place;

// A task that is stored is due at the begin of its commit, and seen at the end. A claim in between
// may pass it by, so that what is as young as commits take is looked at again and again.
constexpr std::chrono::microseconds commits_take{2'000'000};
constexpr std::chrono::milliseconds between_looks{200};

}  // namespace

task_claimer::task_claimer(persistence::task_queue& queue, const std::vector<std::string>& queues,
                           persistence::claim_request request)
    : queue_(queue), request_(std::move(request)) {
  for (const std::string& name : queues) {
    const bool is_own = name.starts_with(engine::runtime_prefix);
    for (const auto priority : {task_priority::high, task_priority::normal, task_priority::low})
      // The runtime's own tasks have one priority.
      if (priority == task_priority::normal || !is_own)
        lanes_.push_back({{name, static_cast<std::int64_t>(priority), {}}, is_own, {}, {}, {}});
  }
}

std::vector<persistence::task_lease> task_claimer::claim(std::size_t tasks_max, which tasks) {
  const auto now = clock::now();
  request_.tasks_max = std::min(tasks_max, persistence::tasks_at_once_max);
  request_.lanes.clear();
  std::vector<marked_lane*> looked_at;  // of each lane of the request
  for (marked_lane& each : lanes_) {
    if (tasks == which::own && !each.is_own) continue;
    request_.lanes.push_back(each.lane);
    request_.lanes.back().after = begin_of(each, now);
    looked_at.push_back(&each);
  }
  std::optional<std::chrono::microseconds> passed_by_for;
  while (true) {
    auto claimed = queue_.claim(request_);
    if (!claimed.lane) {
      for (marked_lane* each : looked_at) note_look(*each, now);
      next_due_ = claimed.next_due;
      if (passed_by_for) next_due_ = std::min(next_due_.value_or(*passed_by_for), *passed_by_for);
      return {};
    }
    marked_lane& from = *looked_at[*claimed.lane];
    if (!claimed.tasks.empty()) {
      note_look(from, now);
      from.lane.after = claimed.tasks.back().place;
      from.last_moved = now;
      return std::move(claimed.tasks);
    }
    // Others hold what it has, or it is at its limit; a lane behind it may have more.
    const std::chrono::microseconds passed_by = claimed.next_due.value_or(between_looks);
    passed_by_for = std::min(passed_by_for.value_or(passed_by), passed_by);
    const auto place = static_cast<std::ptrdiff_t>(*claimed.lane);
    request_.lanes.erase(request_.lanes.begin() + place);
    looked_at.erase(looked_at.begin() + place);
  }
}

std::chrono::milliseconds task_claimer::until_next_due(std::chrono::milliseconds longest) const {
  if (!next_due_) return longest;
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*next_due_),
                    std::chrono::milliseconds{1}, longest);
}

// Below a mark there may also be leases that have ended: they are looked for less often.
agenda_place task_claimer::begin_of(const marked_lane& lane, clock::time_point now) const {
  const agenda_place& mark = lane.lane.after;
  if (mark == agenda_place{} || now - lane.last_long_look >= request_.lease / 3) return {};
  const bool is_young = now - lane.last_moved < commits_take;
  if (is_young && now - lane.last_look >= between_looks) return {mark.ts_due - commits_take, {}};
  return mark;
}

void task_claimer::note_look(marked_lane& lane, clock::time_point now) const {
  const agenda_place begin = begin_of(lane, now);
  if (begin == lane.lane.after) return;
  lane.last_look = now;
  if (begin == agenda_place{}) lane.last_long_look = now;
}

}  // namespace nava
