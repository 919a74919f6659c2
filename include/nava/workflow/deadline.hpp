// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace nava {

/// The instant at which a call gives up, by the clock that never jumps. A value: copied freely.
class deadline {
 public:
  using clock = std::chrono::steady_clock;

  /// No deadline of its own: where a call takes one, the default of the store or the runtime.
  constexpr deadline() = default;

  /// `timeout` from now, or now where that is negative; one that is longer than the clock can
  /// count is never.
  [[nodiscard]] static deadline in(std::chrono::milliseconds timeout) {
    using std::chrono::milliseconds;
    const auto now = clock::now();
    const auto most = std::chrono::floor<milliseconds>(clock::time_point::max() - now);
    return timeout >= most ? never() : deadline{now + std::max(timeout, milliseconds{0})};
  }
  [[nodiscard]] static constexpr deadline never() { return deadline{clock::time_point::max()}; }

  [[nodiscard]] constexpr bool is_set() const { return at_ != clock::time_point::min(); }
  [[nodiscard]] constexpr bool is_never() const { return at_ == clock::time_point::max(); }
  [[nodiscard]] constexpr clock::time_point at() const { return at_; }
  [[nodiscard]] bool has_passed() const { return clock::now() >= at_; }

  /// What is left, at most `most` and at least nothing.
  [[nodiscard]] std::chrono::milliseconds remaining(std::chrono::milliseconds most) const {
    if (is_never()) return most;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - clock::now());
    return std::clamp(left, std::chrono::milliseconds{0}, most);
  }

  /// This one, or `otherwise` in the place of none.
  [[nodiscard]] constexpr deadline value_or(deadline otherwise) const {
    return is_set() ? *this : otherwise;
  }
  [[nodiscard]] constexpr deadline earlier(deadline other) const {
    return deadline{std::min(at_, other.at_)};
  }

 private:
  explicit constexpr deadline(clock::time_point at) : at_(at) {}

  clock::time_point at_ = clock::time_point::min();
};

}  // namespace nava
