// SPDX-License-Identifier: Apache-2.0
#include "persistence/commit_queue.hpp"

#include <algorithm>

#include "persistence/log.hpp"

namespace nava::persistence {
namespace {

// Of all units of one flight: far below what a server takes as one value.
constexpr std::size_t flight_bytes_max = 2 * unit_bytes_max;

}  // namespace

// A place among those that are out. Whatever happens on the way, its passengers learn what became
// of them, and the next that waits gets the place.
class commit_queue::flight {
 public:
  explicit flight(commit_queue& queue) : queue_(queue) {}
  flight(const flight&) = delete;
  ~flight() {
    const std::lock_guard lock{queue_.mutex_};
    for (waiter* passenger : passengers_) wake(*passenger, waiter::state::landed);
    if (queue_.waiting_.empty()) {
      --queue_.flights_;
      return;
    }
    waiter& next = *queue_.waiting_.front();
    queue_.waiting_.pop_front();
    wake(next, waiter::state::leads);
  }

  // One statement touches a workflow once, so of two units of one workflow the later waits.
  void board(const ready_unit& leader) {
    const std::lock_guard lock{queue_.mutex_};
    passengers_.reserve(queue_.waiting_.size());
    units_.reserve(queue_.waiting_.size() + 1);
    units_.push_back(&leader);
    std::size_t bytes = leader.bytes;
    const auto fits = [&](const ready_unit& next) {
      return units_.size() < queue_.limits_.units_max && bytes + next.bytes <= flight_bytes_max &&
             std::none_of(units_.begin(), units_.end(),
                          [&](const ready_unit* one) { return one->id == next.id; });
    };
    std::erase_if(queue_.waiting_, [&](waiter* next) {
      if (!fits(next->unit)) return false;
      bytes += next->unit.bytes;
      units_.push_back(&next->unit);
      passengers_.push_back(next);
      return true;
    });
  }

  // Commits all on board together; whether the leader's was applied.
  bool fly() {
    if (passengers_.empty()) return false;
    try {
      const auto applied = queue_.together_(units_);
      for (std::size_t i = 0; i < passengers_.size(); ++i) passengers_[i]->applied = applied[i + 1];
      return applied.front();
    } catch (const std::exception& failure) {
      logger().debug("{} commits are made one by one: {}", units_.size(), failure.what());
      return false;
    }
  }

 private:
  static void wake(waiter& sleeper, waiter::state now) {
    sleeper.now = now;
    sleeper.changed.notify_one();
  }

  commit_queue& queue_;
  std::vector<waiter*> passengers_;
  std::vector<const ready_unit*> units_;
};

commit_queue::commit_queue(limits most, alone_function alone, together_function together)
    : limits_(most), alone_(std::move(alone)), together_(std::move(together)) {}

commit_result commit_queue::commit(const ready_unit& unit) {
  if (limits_.units_max <= 1) return alone_(unit);
  waiter self{unit};
  std::unique_lock lock{mutex_};
  const bool is_full = flights_ >= limits_.flights_max;
  if (is_full) {
    waiting_.push_back(&self);
    self.changed.wait(lock, [&] { return self.now != waiter::state::waiting; });
  } else {
    ++flights_;
  }
  lock.unlock();
  if (self.now == waiter::state::landed)
    return self.applied ? commit_result::applied : alone_(unit);
  flight out{*this};
  if (is_full) out.board(unit);
  return out.fly() ? commit_result::applied : alone_(unit);
}

std::size_t commit_queue::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_.size();
}

}  // namespace nava::persistence
