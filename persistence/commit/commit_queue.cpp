// SPDX-License-Identifier: Apache-2.0
#include "persistence/commit/commit_queue.hpp"

#include <algorithm>

namespace nava::persistence {
namespace {

// Of all units of one flight: far below what a server takes as one value.
constexpr std::size_t flight_bytes_max = 2 * unit_bytes_max;
// Many times what a flight takes.
constexpr std::chrono::milliseconds leaders_time_min{1'000};

// Faults that no unit is the cause of. After an unknown outcome in particular nobody may be told
// that nothing was written.
bool concerns_all(error_kind kind) {
  return kind == error_kind::outcome_unknown || kind == error_kind::connection_lost ||
         kind == error_kind::contention;
}

}  // namespace

// A place among those that are out. Whatever happens on the way, its passengers learn what became
// of them, and the next that waits gets the place.
class commit_queue::flight {
 public:
  explicit flight(commit_queue& queue) : queue_(queue) {}
  flight(const flight&) = delete;
  ~flight() {
    const std::lock_guard lock{queue_.mutex_};
    for (const waiter_pointer& passenger : passengers_) wake(*passenger, waiter::state::landed);
    if (queue_.waiting_.empty()) {
      --queue_.flights_;
      return;
    }
    wake(*queue_.waiting_.front(), waiter::state::leads);
    queue_.waiting_.pop_front();
  }

  // One statement touches a workflow once, so of two units of one workflow the later waits. Says
  // whether the leader has company.
  bool board(const waiter_pointer& leader) {
    const std::lock_guard lock{queue_.mutex_};
    passengers_.reserve(queue_.waiting_.size() + 1);
    units_.reserve(queue_.waiting_.size() + 1);
    std::size_t bytes = 0;
    const auto take = [&](const waiter_pointer& one) {
      bytes += one->unit->bytes;
      units_.push_back(one->unit.get());
      passengers_.push_back(one);
      one->now = waiter::state::boarded;
    };
    const auto fits = [&](const ready_unit& next) {
      return units_.size() < queue_.limits_.units_max && bytes + next.bytes <= flight_bytes_max &&
             std::none_of(units_.begin(), units_.end(),
                          [&](const ready_unit* one) { return one->id == next.id; });
    };
    take(leader);
    std::erase_if(queue_.waiting_, [&](const waiter_pointer& next) {
      if (!fits(*next->unit)) return false;
      take(next);
      return true;
    });
    return passengers_.size() > 1;
  }

  // Commits all on board together.
  void fly(deadline limit) {
    try {
      const auto applied = queue_.together_(units_, limit);
      for (std::size_t i = 0; i < passengers_.size(); ++i) passengers_[i]->applied = applied[i];
    } catch (const error& failure) {
      if (concerns_all(failure.kind()))
        for (const waiter_pointer& passenger : passengers_)
          passenger->failure = std::current_exception();
      else
        queue_.log_->debug("{} commits are made one by one: {}", units_.size(), failure.what());
    }
  }

 private:
  static void wake(waiter& sleeper, waiter::state now) {
    sleeper.now = now;
    sleeper.changed.notify_one();
  }

  commit_queue& queue_;
  std::vector<waiter_pointer> passengers_;  // the leader is the first
  std::vector<const ready_unit*> units_;
};

commit_queue::commit_queue(limits most, alone_function alone, together_function together,
                           std::shared_ptr<spdlog::logger> log)
    : limits_(most),
      alone_(std::move(alone)),
      together_(std::move(together)),
      log_(logger_or_default(std::move(log))) {}

commit_result commit_queue::commit(std::shared_ptr<const ready_unit> unit, deadline limit) {
  if (limits_.units_max <= 1) return alone_(*unit, limit);
  {
    std::unique_lock lock{mutex_};
    if (flights_ < limits_.flights_max) {
      ++flights_;
      lock.unlock();
      const flight out{*this};
      return alone_(*unit, limit);
    }
  }
  const auto self = std::make_shared<waiter>(unit);
  await(self, limit);
  if (self->now == waiter::state::leads) {
    flight out{*this};
    // A flight ends at the deadline of its leader, so who has little time left takes nobody along.
    if (limit.remaining(leaders_time_min) < leaders_time_min || !out.board(self))
      return alone_(*unit, limit);
    out.fly(limit);
  }
  // Outside of the flight: what is left to do may have to wait for somebody.
  if (self->failure) std::rethrow_exception(self->failure);
  return self->applied ? commit_result::applied : alone_(*unit, limit);
}

void commit_queue::await(const waiter_pointer& self, deadline limit) {
  std::unique_lock lock{mutex_};
  waiting_.push_back(self);
  const auto is_called = [&] { return self->now != waiter::state::waiting; };
  const auto patience = deadline::in(limits_.patience).earlier(limit);
  if (!self->changed.wait_until(lock, patience.at(), is_called)) {
    std::erase(waiting_, self);
    return;
  }
  const auto is_over = [&] { return self->now != waiter::state::boarded; };
  if (!self->changed.wait_until(lock, limit.at(), is_over))
    throw error{error_kind::outcome_unknown,
                "the commit was not answered in time; make the same call again to learn whether it "
                "was applied"};
}

std::size_t commit_queue::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_.size();
}

}  // namespace nava::persistence
