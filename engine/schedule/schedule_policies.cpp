// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nava/engine/schedule.hpp>

#include "engine/schedule/instants.hpp"

namespace nava::engine {
namespace {

// The newest `count` ticks after `after` up to `until`, ascending. The beginning of their time is
// found by bisection, since a schedule of each minute may have millions of ticks before them.
std::vector<timestamp> newest_ticks(const schedule_spec& spec, timestamp after, timestamp until,
                                    std::size_t count) {
  auto ticks = spec.ticks_between(after, until, count + 1);
  if (ticks.size() <= count) return ticks;
  timestamp too_early = after, begin = until;
  ticks.clear();
  while (ticks.size() < count) {
    const timestamp middle = too_early + (begin - too_early) / 2;
    auto found = spec.ticks_between(middle, until, count + 1);
    if (found.size() > count) {
      too_early = middle;
    } else {
      begin = middle;
      ticks = std::move(found);
    }
  }
  return ticks;
}

timestamp latest_missed(timestamp now, std::chrono::seconds grace_period) {
  // In seconds, since the longest of them have no number of microseconds.
  constexpr auto whole_time =
      std::chrono::floor<std::chrono::seconds>(last_stored_instant - first_stored_instant);
  if (grace_period > whole_time) return before_stored_instants;
  return near_stored(now - std::max(grace_period, std::chrono::seconds{0}) -
                     std::chrono::microseconds{1});
}

}  // namespace

due_result due_ticks(const schedule_spec& spec, timestamp last_tick, timestamp now,
                     missed_ticks policy, std::size_t bound, std::chrono::seconds grace_period) {
  const timestamp after = near_stored(last_tick);
  const timestamp until = near_stored(now);
  const auto first_due = spec.next_after(last_tick);
  if (!first_due || *first_due > until) return {{}, last_tick, false};

  const std::size_t count = std::min(bound, missed_ticks_max);
  const auto newest = newest_ticks(spec, after, until, 1);
  due_result result{{}, newest.back(), false};
  switch (policy) {
    case missed_ticks::skip:
      result.run =
          newest_ticks(spec, std::max(after, latest_missed(until, grace_period)), until, count);
      break;
    case missed_ticks::one:
      result.run = newest;
      break;
    case missed_ticks::all:
      result.run = newest_ticks(spec, after, until, count);
      break;
  }
  result.some_are_skipped = result.run.empty() || result.run.front() != *first_due;
  return result;
}

overlap_action decide_overlap(overlap policy, bool is_running, bool is_buffered) noexcept {
  const bool buffers = policy == overlap::buffer_one;
  if (!is_running)
    return buffers && is_buffered ? overlap_action::start_buffered : overlap_action::start;
  if (policy == overlap::allow) return overlap_action::start;
  if (policy == overlap::cancel_other) return overlap_action::cancel_then_start;
  return buffers && !is_buffered ? overlap_action::buffer : overlap_action::drop;
}

}  // namespace nava::engine
