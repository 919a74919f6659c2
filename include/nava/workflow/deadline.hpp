// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace nava {

/// The instant at which a call gives up, on a clock that never jumps. A value: threads may read one
/// object.
class deadline {
 public:
  /// A change of the system's time moves no deadline.
  using clock = std::chrono::steady_clock;

  /// Not set: the call takes the default of its store or runtime. remaining() of it is undefined.
  constexpr deadline() = default;

  /// Returns `timeout` from now; now where `timeout` is negative; never() where the clock cannot
  /// count that far.
  [[nodiscard]] static deadline in(std::chrono::milliseconds timeout) {
    using std::chrono::milliseconds;
    const auto now = clock::now();
    const auto most = std::chrono::floor<milliseconds>(clock::time_point::max() - now);
    return timeout >= most ? never() : deadline{now + std::max(timeout, milliseconds{0})};
  }
  /// Returns a deadline that does not pass.
  [[nodiscard]] static constexpr deadline never() { return deadline{clock::time_point::max()}; }

  /// Returns false where the call takes a default.
  [[nodiscard]] constexpr bool is_set() const { return at_ != clock::time_point::min(); }
  /// Returns whether it is never().
  [[nodiscard]] constexpr bool is_never() const { return at_ == clock::time_point::max(); }
  /// Returns the instant. Not set: the clock's least; never: the clock's greatest.
  [[nodiscard]] constexpr clock::time_point at() const { return at_; }
  /// Returns whether the instant has come. Not set: true.
  [[nodiscard]] bool has_passed() const { return clock::now() >= at_; }

  /// Returns the time left, rounded up: 0 to `longest`. Never: `longest`.
  [[nodiscard]] std::chrono::milliseconds remaining(std::chrono::milliseconds longest) const {
    if (is_never()) return longest;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(at_ - clock::now());
    return std::clamp(left, std::chrono::milliseconds{0}, longest);
  }

  /// Returns this deadline, or `fallback` where it is not set.
  [[nodiscard]] constexpr deadline value_or(deadline fallback) const {
    return is_set() ? *this : fallback;
  }
  /// Returns the one that passes first. One that is not set comes before all others.
  [[nodiscard]] constexpr deadline earlier(deadline other) const {
    return deadline{std::min(at_, other.at_)};
  }

 private:
  explicit constexpr deadline(clock::time_point at) : at_(at) {}

  clock::time_point at_ = clock::time_point::min();
};

}  // namespace nava
