// SPDX-License-Identifier: Apache-2.0
#include "runtime/backoff.hpp"

#include <algorithm>
#include <random>
#include <thread>

namespace nava {
namespace {

using steady = std::chrono::steady_clock;

constexpr std::chrono::microseconds wait_first{1'000};
constexpr std::chrono::microseconds wait_max{200'000};

// A random part of `most` from `least` on, so that those who collided once do not collide again.
void wait(std::chrono::microseconds least, std::chrono::microseconds most, deadline limit) {
  thread_local std::minstd_rand random{std::random_device{}()};
  std::uniform_int_distribution<std::int64_t> part{least.count(), most.count()};
  const auto until = steady::now() + std::chrono::microseconds{part(random)};
  std::this_thread::sleep_until(std::min(until, limit.at()));
}

}  // namespace

void back_off(int tries, deadline limit) {
  const auto most = std::min(wait_first * (1 << std::min(tries, 10)), wait_max);
  wait(most / 2, most, limit);
}

void yield_to_rivals(steady::duration took, deadline limit) {
  const auto most = std::chrono::duration_cast<std::chrono::microseconds>(took);
  wait(std::chrono::microseconds{0}, std::min(most, wait_max), limit);
}

}  // namespace nava
