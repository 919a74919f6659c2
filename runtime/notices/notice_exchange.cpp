// SPDX-License-Identifier: Apache-2.0
#include "runtime/notices/notice_exchange.hpp"

#include <nava/schema/text.hpp>
#include <utility>

namespace nava {
namespace {

using namespace std::chrono_literals;
using persistence::notice;

// A notice makes the server wake all who listen, so that one commit each would be too many.
constexpr std::chrono::milliseconds between_two_sendings = 10ms;
constexpr std::chrono::seconds sending_takes = 1s;
// The end of a runtime waits for it.
constexpr std::chrono::seconds connecting_takes = 3s;
constexpr std::chrono::seconds between_connections = 1s;

}  // namespace

notice_exchange::notice_exchange(std::shared_ptr<persistence::store> store,
                                 std::shared_ptr<wake_signal> tasks,
                                 std::shared_ptr<wake_signal> events,
                                 std::shared_ptr<commit_watch> commits,
                                 std::shared_ptr<spdlog::logger> log)
    : store_(std::move(store)),
      tasks_(std::move(tasks)),
      events_(std::move(events)),
      commits_(std::move(commits)),
      log_(std::move(log)) {}

notice_exchange::~notice_exchange() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
    if (listener_ != nullptr) listener_->interrupt();
  }
  changed_.notify_all();
  if (sending_.joinable()) sending_.join();
  if (hearing_.joinable()) hearing_.join();
}

// What was stored is stored: the caller must not hear of a failure to tell of it.
void notice_exchange::tell(notice what) noexcept try {
  if (!store_->carries_notices()) return;
  const std::lock_guard lock{mutex_};
  // A commit wakes the sender no more than once for each sending.
  const bool is_first = to_send_.empty();
  to_send_.insert(std::move(what));
  if (!sending_.joinable()) sending_ = std::thread{[this] { send_all(); }};
  if (is_first) changed_.notify_all();
} catch (const std::exception& failure) {
  log_->debug("other processes are not told: {}", failure.what());
}

void notice_exchange::send_all() {
  std::unique_lock lock{mutex_};
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !to_send_.empty(); });
    if (to_send_.empty()) return;
    const auto what = std::exchange(to_send_, {});
    lock.unlock();
    send(what);
    lock.lock();
    changed_.wait_for(lock, between_two_sendings, [this] { return stopping_; });
  }
}

void notice_exchange::send(const std::set<notice>& what) {
  try {
    const std::vector<notice> all{what.begin(), what.end()};
    store_->tell(all, deadline::in(sending_takes));
  } catch (const std::exception& failure) {
    log_->debug("{} notices are not sent; other processes find what they tell at their polls: {}",
                what.size(), failure.what());
  }
}

void notice_exchange::hear_tasks(const std::vector<std::string>& queues) {
  const std::lock_guard lock{mutex_};
  queues_.insert(queues.begin(), queues.end());
  begin_to_hear();
}

void notice_exchange::hear_events() {
  const std::lock_guard lock{mutex_};
  hears_events_ = true;
  begin_to_hear();
}

// Who waits has polls, and must not fail because there is no thread.
void notice_exchange::hear_ends() noexcept try {
  const std::lock_guard lock{mutex_};
  begin_to_hear();
} catch (const std::exception& failure) {
  log_->debug("ends in other processes are found by polls: {}", failure.what());
}

void notice_exchange::begin_to_hear() {
  if (!hearing_.joinable() && store_->carries_notices())
    hearing_ = std::thread{[this] { hear_all(); }};
}

void notice_exchange::hear_all() {
  for (int tries = 1;; ++tries) {
    try {
      if (const auto listener = store_->listen(deadline::in(connecting_takes))) {
        tries = 1;
        hear_on(*listener);
      }
    } catch (const std::exception& failure) {
      log_->log(tries == 1 ? spdlog::level::warn : spdlog::level::debug,
                "notices of other processes are not heard; polls find what they store: {}",
                failure.what());
    }
    std::unique_lock lock{mutex_};
    if (changed_.wait_for(lock, between_connections, [this] { return stopping_; })) return;
  }
}

// Returns when the exchange ends; throws where the connection is lost.
void notice_exchange::hear_on(persistence::notice_listener& listener) {
  struct registration {
    ~registration() {
      const std::lock_guard lock{of.mutex_};
      of.listener_ = nullptr;
    }
    notice_exchange& of;
  };
  {
    const std::lock_guard lock{mutex_};
    if (stopping_) return;
    listener_ = &listener;
  }
  const registration until_return{*this};
  // What was told while nobody listened.
  tasks_->raise();
  events_->raise();
  commits_->raise_all();
  while (true) {
    const auto heard = listener.wait(deadline::never());
    if (heard.empty()) return;
    pass_on(heard);
  }
}

void notice_exchange::pass_on(const std::vector<notice>& heard) {
  bool are_tasks = false, are_events = false;
  {
    const std::lock_guard lock{mutex_};
    for (const notice& each : heard) {
      are_events |= hears_events_ && each.about == notice::subject::events;
      are_tasks |= each.about == notice::subject::tasks && queues_.contains(each.key);
    }
  }
  for (const notice& each : heard)
    if (const auto ended =
            each.about == notice::subject::end ? schema::parse_uuid(each.key) : std::nullopt)
      commits_->raise(*ended);
  if (are_tasks) tasks_->raise();
  if (are_events) events_->raise();
}

}  // namespace nava
