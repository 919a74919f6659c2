// SPDX-License-Identifier: Apache-2.0
#include "engine/turns.hpp"

#include <algorithm>
#include <functional>

namespace nava::engine {
namespace {

std::size_t hash_of(const resource& about) {
  const std::hash<std::string> hash;
  return hash(about.name) * 31 + hash(about.id);
}

}  // namespace

turns::turn::~turn() {
  if (of_ != nullptr) of_->pass_on(key_);
}

std::optional<turns::turn> turns::take(const resource& about, persistence::deadline limit) {
  const std::size_t key = hash_of(about);
  std::unique_lock lock{mutex_};
  const auto [place, is_free] = queues_.try_emplace(key, queue{std::this_thread::get_id(), {}});
  if (is_free) return turn{this, key};
  queue& before = place->second;
  if (before.holder == std::this_thread::get_id()) return turn{nullptr, key};
  waiter self;
  before.waiting.push_back(&self);
  ++waiting_;
  const bool is_called = self.called.wait_until(lock, limit.at(), [&] { return self.has_turn; });
  --waiting_;
  if (is_called) return turn{this, key};
  std::erase(before.waiting, &self);
  return std::nullopt;
}

void turns::pass_on(std::size_t key) {
  const std::lock_guard lock{mutex_};
  const auto place = queues_.find(key);
  queue& after = place->second;
  if (after.waiting.empty()) {
    queues_.erase(place);
    return;
  }
  waiter& next = *after.waiting.front();
  after.waiting.pop_front();
  after.holder = next.thread;
  next.has_turn = true;
  next.called.notify_one();
}

std::size_t turns::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_;
}

}  // namespace nava::engine
