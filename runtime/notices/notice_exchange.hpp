// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <spdlog/logger.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <nava/persistence/store.hpp>
#include <set>
#include <thread>

#include "runtime/commit_watch.hpp"
#include "runtime/wake_signal.hpp"

namespace nava {

/// Tells other processes what this one has stored, and wakes those of this process who wait for
/// what others have stored. What fails is logged; polls find what nobody was told of. Where the
/// database carries no notices it does nothing, and has no thread. Thread-safe.
class notice_exchange {
 public:
  notice_exchange(std::shared_ptr<persistence::store> store, std::shared_ptr<wake_signal> tasks,
                  std::shared_ptr<wake_signal> events, std::shared_ptr<commit_watch> commits,
                  std::shared_ptr<spdlog::logger> log);
  notice_exchange(const notice_exchange&) = delete;
  notice_exchange& operator=(const notice_exchange&) = delete;
  /// Sends what waits to be sent.
  ~notice_exchange();

  /// Sends soon, many at once; never within the caller's time.
  void tell(persistence::notice what) noexcept;
  /// From now on wakes those who wait for tasks where some of these queues come.
  void hear_tasks(const std::vector<std::string>& queues);
  void hear_events();
  /// Those who watch a workflow hear of its end too.
  void hear_ends() noexcept;

 private:
  void send_all();
  void send(const std::set<persistence::notice>& what);
  void hear_all();
  void hear_on(persistence::notice_listener& listener);
  void pass_on(const std::vector<persistence::notice>& heard);
  void begin_to_hear();

  const std::shared_ptr<persistence::store> store_;
  const std::shared_ptr<wake_signal> tasks_, events_;
  const std::shared_ptr<commit_watch> commits_;
  const std::shared_ptr<spdlog::logger> log_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::set<persistence::notice> to_send_;
  std::set<std::string, std::less<>> queues_;
  bool hears_events_ = false;
  persistence::notice_listener* listener_ = nullptr;  ///< while it is waited on
  std::thread sending_, hearing_;
};

}  // namespace nava
