// SPDX-License-Identifier: Apache-2.0
#include "runtime/turns.hpp"

#include <algorithm>
#include <functional>

namespace nava {
namespace {

thread_local int turns_of_thread = 0;

std::size_t hash_of(const resource& about) {
  const std::hash<std::string> hash;
  return hash(about.name) * 31 + hash(about.id);
}

}  // namespace

turns::turn::~turn() {
  if (of_ == nullptr) return;
  --turns_of_thread;
  of_->pass_on(key_);
}

std::optional<turns::turn> turns::take(const resource& about, deadline limit) {
  const std::size_t key = hash_of(about);
  if (turns_of_thread > 0) return turn{nullptr, key, false};
  std::unique_lock lock{mutex_};
  const auto [place, is_free] = queues_.try_emplace(key);
  if (!is_free) {
    queue& before = place->second;
    waiter self;
    before.push_back(&self);
    ++waiting_;
    const bool is_called = self.called.wait_until(lock, limit.at(), [&] { return self.has_turn; });
    --waiting_;
    if (!is_called) {
      std::erase(before, &self);
      return std::nullopt;
    }
  }
  ++turns_of_thread;
  return turn{this, key, !is_free};
}

void turns::pass_on(std::size_t key) {
  const std::lock_guard lock{mutex_};
  const auto place = queues_.find(key);
  queue& after = place->second;
  if (after.empty()) {
    queues_.erase(place);
    return;
  }
  waiter& next = *after.front();
  after.pop_front();
  next.has_turn = true;
  next.called.notify_one();
}

std::size_t turns::waiting() const {
  const std::lock_guard lock{mutex_};
  return waiting_;
}

}  // namespace nava
