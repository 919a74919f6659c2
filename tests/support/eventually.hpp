// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <thread>

namespace nava::test {

/// Waits for `condition`, and gives up after a time in which it would have come about.
template <class Condition>
[[nodiscard]] bool eventually(Condition condition) {
  constexpr std::chrono::seconds patience{20};
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  return true;
}

}  // namespace nava::test
