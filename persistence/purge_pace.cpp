// SPDX-License-Identifier: Apache-2.0
#include "persistence/purge_pace.hpp"

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
  const bool others_are = batch.commit_slowdown.value_or(0) > slowdown_max;
  if (batch.workflows < batch.asked) return others_are;
  const double each =
      static_cast<double>(batch.took.count()) / static_cast<double>(batch.workflows);
  double& best = best_[static_cast<std::size_t>(std::bit_width(batch.workflows))];
  const bool is_slow = best > 0 && each > own_slowdown_max * best;
  const bool own = std::exchange(was_slow_, is_slow) && is_slow;
  best = best > 0 ? std::min(best * best_forgotten, each) : each;
  return own || others_are;
}

// One that found few says nothing of what a whole one would take.
void purge_pace::grow(const measured& batch) noexcept {
  const std::size_t found = batch.workflows + batch.skipped;
  if (found < batch.asked) return;
  const double fits = static_cast<double>(found) * static_cast<double>(batch_target.count()) /
                      static_cast<double>(std::max<duration::rep>(batch.took.count(), 1));
  const std::size_t more = is_multiplying_ ? batch_ * batch_growth : batch_ + batch_step;
  batch_ =
      std::max(std::min({more, batch_max_, static_cast<std::size_t>(std::min(fits, 1e9))}), least_);
}

void purge_pace::back_off() noexcept {
  is_multiplying_ = false;
  pause_share_ = std::clamp(pause_share_ * 2, 1.0, pause_share_max);
}

void purge_pace::pause_after(duration took) noexcept {
  const auto pause = static_cast<double>(took.count()) * pause_share_;
  pause_ = pause < static_cast<double>(pause_max.count())
               ? duration{static_cast<duration::rep>(pause)}
               : pause_max;
}

void purge_pace::after(const measured& batch) noexcept {
  pause_ = {};
  if (batch.workflows == 0) return;
  if (is_slow(batch)) {
    back_off();
    batch_ = std::max(batch_ / 2, least_);
  } else {
    grow(batch);
    pause_share_ = std::max(pause_share_ - pause_share_step, 0.0);
  }
  pause_after(batch.took);
}

bool purge_pace::after_failure(std::size_t asked, duration took) noexcept {
  if (asked <= 1) return false;
  back_off();
  batch_ = asked / 2;
  least_ = std::min(least_, batch_);
  pause_after(took);
  return true;
}

}  // namespace nava::persistence
