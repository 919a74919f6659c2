// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge/purge_pace.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace nava::persistence {
namespace {

// The best is forgotten slowly: a table that has grown colder is no rival. Doubles in 70 batches.
constexpr double best_forgotten = 1.01;

}  // namespace

purge_pace::purge_pace(std::size_t batch_max) noexcept
    : batch_max_(batch_max),
      batch_(std::min(first_batch, batch_max)),
      least_(std::min(batch_min, batch_max)) {}

void purge_pace::limit_to(std::size_t batch_max) noexcept {
  batch_max_ = std::min(batch_max_, batch_max);
  batch_ = std::min(batch_, batch_max_);
  least_ = std::min(least_, batch_max_);
}

// A batch that found few has walked for long, and one that skipped some deleted for less long: they
// do not compare.
bool purge_pace::is_slow(const measured& batch) noexcept {
  if (batch.workflows < batch.asked) return false;
  const double each =
      static_cast<double>(batch.took.count()) / static_cast<double>(batch.workflows);
  double& best = best_[static_cast<std::size_t>(std::bit_width(batch.workflows))];
  const bool is_slow = best > 0 && each > own_slowdown_max * best;
  best = best > 0 ? std::min(best * best_forgotten, each) : each;
  return std::exchange(was_slow_, is_slow) && is_slow;
}

// How many workflows take batch_target. Each batch also pays for a round trip and a flush: the
// smaller batch before it tells how much, if it was so much smaller that chance says little.
double purge_pace::fitting(std::size_t found, duration took) noexcept {
  constexpr double target = static_cast<double>(batch_target.count());
  constexpr double times_smaller_min = 4, times_more_max = 2;
  const double workflows = static_cast<double>(found);
  const double time = static_cast<double>(std::max<duration::rep>(took.count(), 1));
  const auto smaller = std::exchange(latest_, size_and_time{workflows, time});
  const double as_a_share = workflows * target / time;
  if (smaller.workflows == 0 || workflows < times_smaller_min * smaller.workflows ||
      time <= smaller.time)
    return as_a_share;
  const double each = (time - smaller.time) / (workflows - smaller.workflows);
  return std::clamp(workflows + (target - time) / each, as_a_share, times_more_max * as_a_share);
}

// One that found few says nothing of what a whole one would take.
void purge_pace::grow(const measured& batch) noexcept {
  const std::size_t found = batch.workflows + batch.skipped;
  if (found < batch.asked) return;
  const double fits = fitting(found, batch.took);
  const auto step = static_cast<std::size_t>(batch_step_share * static_cast<double>(batch_));
  const std::size_t more =
      is_multiplying_ ? batch_ * batch_growth : batch_ + std::max(step, std::size_t{1});
  batch_ =
      std::max(std::min({more, batch_max_, static_cast<std::size_t>(std::min(fits, 1e9))}), least_);
}

void purge_pace::shrink() noexcept {
  is_multiplying_ = false;
  batch_ = std::max(batch_ / 2, least_);
}

void purge_pace::pause_more() noexcept {
  pause_share_ = std::clamp(pause_share_ * 2, 1.0, pause_share_max);
}

void purge_pace::pause_less() noexcept {
  pause_share_ = std::max(pause_share_ - pause_share_step, 0.0);
}

void purge_pace::pause_after(duration took) noexcept {
  const auto pause = static_cast<double>(took.count()) * pause_share_;
  pause_ = pause < static_cast<double>(pause_max.count())
               ? duration{static_cast<duration::rep>(pause)}
               : pause_max;
}

// While commits run beside batches and too few have for an answer, batches do not grow.
void purge_pace::after(const measured& batch) noexcept {
  pause_ = {};
  if (batch.workflows == 0) return;
  const bool is_own = is_slow(batch);
  const bool has_commits = batch.commits_beside > 0;
  const bool is_answered = batch.commit_slowdown || !has_commits || ++unanswered_ >= unanswered_max;
  if (is_answered) unanswered_ = 0;
  const double slowdown = batch.commit_slowdown.value_or(0);
  if (has_commits) is_multiplying_ = false;
  if (is_own || slowdown > slowdown_max)
    shrink();
  else if (is_answered && slowdown < slowdown_usual)
    grow(batch);
  if (is_own || slowdown > slowdown_pausing)
    pause_more();
  else if (is_answered)
    pause_less();
  if (has_commits) pause_share_ = std::max(pause_share_, pause_share_beside);
  pause_after(batch.took);
}

bool purge_pace::after_failure(std::size_t asked, duration took) noexcept {
  if (asked <= 1) return false;
  is_multiplying_ = false;
  pause_more();
  batch_ = asked / 2;
  least_ = std::min(least_, batch_);
  pause_after(took);
  return true;
}

}  // namespace nava::persistence
