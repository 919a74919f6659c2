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
    : batch_max_(batch_max), batch_(std::min(first_batch, batch_max)) {}

bool purge_pace::is_slow(const measured& batch) noexcept {
  const double each =
      static_cast<double>(batch.took.count()) / static_cast<double>(batch.workflows);
  double& best = best_[static_cast<std::size_t>(std::bit_width(batch.workflows))];
  const bool is_slow = best > 0 && each > own_slowdown_max * best;
  const bool own = std::exchange(was_slow_, is_slow) && is_slow;
  best = best > 0 ? std::min(best * best_forgotten, each) : each;
  return own || batch.commit_slowdown.value_or(0) > slowdown_max;
}

void purge_pace::after(const measured& batch) noexcept {
  if (batch.workflows == 0) return;
  if (is_slow(batch)) {
    is_doubling_ = false;
    batch_ = std::max(batch_ / 2, std::min(batch_min, batch_max_));
    pause_share_ = std::clamp(pause_share_ * 2, 1.0, pause_share_max);
  } else {
    const double fits = static_cast<double>(batch.workflows) *
                        static_cast<double>(batch_target.count()) /
                        static_cast<double>(std::max<duration::rep>(batch.took.count(), 1));
    const std::size_t more = is_doubling_ ? batch_ * 2 : batch_ + batch_step;
    batch_ = std::max(std::min({more, batch_max_, static_cast<std::size_t>(std::min(fits, 1e9))}),
                      std::min(batch_min, batch_max_));
    pause_share_ = std::max(pause_share_ - pause_share_step, 0.0);
  }
  const auto pause = static_cast<double>(batch.took.count()) * pause_share_;
  pause_ = std::min(duration{static_cast<duration::rep>(pause)}, pause_max);
}

}  // namespace nava::persistence
