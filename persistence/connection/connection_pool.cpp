// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/connection_pool.hpp"

#include <fmt/format.h>

#include "persistence/connection/lock_wait.hpp"

namespace nava::persistence {
namespace {

// A statement that was sent just before the deadline, and that waits for a lock, is refused by the
// server: an answer that is better than none.
constexpr std::chrono::milliseconds answer_grace = 2 * lock_patience;

deadline with_grace(deadline limit) {
  constexpr std::chrono::hours longest{24 * 365};
  return limit.is_never() ? limit : deadline::in(limit.remaining(longest) + answer_grace);
}

}  // namespace

connection_pool::lease::~lease() {
  if (connection_) pool_->give_back(std::move(connection_));
}

connection_pool::connection_pool(connect_function connect, std::size_t connections_max,
                                 std::chrono::milliseconds wait)
    : connect_(std::move(connect)), connections_max_(connections_max), wait_(wait) {
  if (connections_max == 0)
    throw error{error_kind::invalid_input, "a connection pool needs at least one connection"};
  idle_.reserve(connections_max);
}

connection_pool::lease connection_pool::acquire(deadline limit) {
  if (limit.has_passed())
    throw time_over{error_kind::contention,
                    "the time of the call was over before the database was asked; allow it more "
                    "(call_timeout)"};
  std::unique_lock lock{mutex_};
  const auto is_available = [this] { return !idle_.empty() || size_ < connections_max_; };
  if (!is_available()) {
    const auto wait = limit.remaining(wait_);
    if (!returned_.wait_until(lock, deadline::in(wait).at(), is_available))
      throw error{error_kind::contention,
                  fmt::format("none of {} connections became free within {} ms; allow more "
                              "(connections_max) or hold them for less time",
                              connections_max_, wait.count())};
  }
  if (!idle_.empty()) {
    auto last_used = std::move(idle_.back());
    idle_.pop_back();
    last_used->bound(with_grace(limit));
    return {*this, std::move(last_used)};
  }
  ++size_;
  lock.unlock();
  try {
    auto made = connect_(limit);
    made->bound(with_grace(limit));
    return {*this, std::move(made)};
  } catch (...) {
    lock.lock();
    --size_;
    lock.unlock();
    returned_.notify_one();
    throw;
  }
}

std::size_t connection_pool::size() const {
  const std::lock_guard lock{mutex_};
  return size_;
}

void connection_pool::give_back(std::unique_ptr<connection> returned) noexcept {
  const bool usable = returned->make_idle();
  std::vector<std::unique_ptr<connection>> dropped;
  {
    const std::lock_guard lock{mutex_};
    if (usable) {
      idle_.push_back(std::move(returned));
    } else {
      // What broke this one, a server that went away, most likely broke the idle ones too.
      if (!returned->is_given_up()) dropped.swap(idle_);
      idle_.reserve(connections_max_);
      dropped.push_back(std::move(returned));
      size_ -= dropped.size();
    }
  }
  if (dropped.empty()) {
    returned_.notify_one();
    return;
  }
  returned_.notify_all();
  dropped.front()->log().warn("dropped {} database connections after one broke", dropped.size());
}

}  // namespace nava::persistence
