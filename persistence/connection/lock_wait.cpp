// SPDX-License-Identifier: Apache-2.0
#include "persistence/connection/lock_wait.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace nava::persistence {
namespace {

constexpr std::chrono::microseconds pause_first{1'000};
constexpr std::chrono::microseconds pause_max{50'000};

}  // namespace

bool lock_wait::is_refusal(const error& failure) {
  const std::string& state = failure.sqlstate();
  return state == "55P03" || state == "40P01" || state == "40001";
}

lock_wait::place::place(lock_wait& of, deadline limit) : of_(of) {
  std::unique_lock lock{of_.mutex_};
  is_taken_ = of_.left_.wait_until(lock, limit.at(), [this] { return of_.free_ > 0; });
  if (is_taken_) --of_.free_;
}

lock_wait::place::~place() {
  if (!is_taken_) return;
  const std::lock_guard lock{of_.mutex_};
  ++of_.free_;
  of_.left_.notify_one();
}

void lock_wait::pause(int tries, deadline limit) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const auto most = std::min(pause_first * (1 << std::min(tries, 10)), pause_max);
  std::uniform_int_distribution<std::int64_t> part{most.count() / 2, most.count()};
  const auto until = deadline::clock::now() + std::chrono::microseconds{part(random)};
  std::this_thread::sleep_until(std::min(until, limit.at()));
}

}  // namespace nava::persistence
