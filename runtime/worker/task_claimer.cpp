// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker/task_claimer.hpp"

#include <algorithm>
#include <nava/engine/context.hpp>
#include <numeric>

namespace nava {
namespace {

using engine::task_priority;
using persistence::agenda_place;

// A task that is stored is due at the begin of its commit, and seen at the end. A claim in between
// may pass it by, so that what is as young as commits take is looked at again and again.
constexpr std::chrono::microseconds commits_take{2'000'000};
constexpr std::chrono::milliseconds between_looks{100};

}  // namespace

task_claimer::task_claimer(persistence::task_queue& queue, const std::vector<std::string>& queues,
                           persistence::claim_request request)
    : queue_(queue), request_(std::move(request)) {
  for (const std::string& name : queues)
    for (const auto priority : {task_priority::high, task_priority::normal, task_priority::low})
      // The runtime's own tasks have one priority.
      if (priority == task_priority::normal || !name.starts_with(engine::runtime_prefix))
        request_.lanes.push_back({name, static_cast<std::int64_t>(priority), {}});
  looks_.resize(request_.lanes.size());
}

std::vector<persistence::task_lease> task_claimer::claim(std::size_t tasks_max) {
  look_back();
  request_.tasks_max = std::min(tasks_max, persistence::tasks_at_once_max);
  persistence::claim_request request = request_;
  std::vector<std::size_t> lanes(request.lanes.size());  // of request, in request_
  std::iota(lanes.begin(), lanes.end(), std::size_t{0});
  while (true) {
    auto claimed = queue_.claim(request);
    if (!claimed.lane) return {};
    const auto lane = static_cast<std::ptrdiff_t>(*claimed.lane);
    if (!claimed.tasks.empty()) {
      const std::size_t place = lanes[*claimed.lane];
      request_.lanes[place].after = claimed.tasks.back().place;
      looks_[place].last_moved = clock::now();
      return std::move(claimed.tasks);
    }
    // Others hold what it has; a lane behind it may have more.
    request.lanes.erase(request.lanes.begin() + lane);
    lanes.erase(lanes.begin() + lane);
  }
}

std::chrono::milliseconds task_claimer::until_next_due(std::chrono::milliseconds longest) {
  const auto next = queue_.next_due(request_.lanes);
  if (!next) return longest;
  return std::clamp(std::chrono::ceil<std::chrono::milliseconds>(*next),
                    std::chrono::milliseconds{1}, longest);
}

// Below a mark there may also be leases that have ended: they are looked for less often.
void task_claimer::look_back() {
  const auto now = clock::now();
  for (std::size_t i = 0; i < looks_.size(); ++i) {
    if (request_.lanes[i].after == agenda_place{}) continue;
    look& of_lane = looks_[i];
    const bool is_young = now - of_lane.last_moved < commits_take;
    if (now - of_lane.last_long_look >= request_.lease / 3) {
      of_lane.last_long_look = of_lane.last_look = now;
      look_back_in(i, std::nullopt);
    } else if (is_young && now - of_lane.last_look >= between_looks) {
      of_lane.last_look = now;
      look_back_in(i, commits_take);
    }
  }
}

void task_claimer::look_back_in(std::size_t lane, std::optional<std::chrono::microseconds> only) {
  agenda_place& mark = request_.lanes[lane].after;
  persistence::agenda_lane below = request_.lanes[lane];
  below.after = only ? agenda_place{mark.ts_due - *only, {}} : agenda_place{};
  const auto found = queue_.first_unclaimed(below, mark);
  if (found) mark = {found->ts_due - std::chrono::microseconds{1}, {}};
}

}  // namespace nava
