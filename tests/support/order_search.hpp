// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

/// Whether concurrent calls could have been made one after the other.
namespace nava::test::model {

using instant_of_call = std::chrono::steady_clock::time_point;

/// A call that a thread has made: what it sent, and what it was told.
template <class Sent, class Said>
struct traced_call {
  Sent sent{};
  Said said{};
  instant_of_call begin{}, end{};
};

template <class Call>
[[nodiscard]] bool met(const Call& one, const Call& other) {
  return one.begin < other.end && other.begin < one.end;
}

/// Looks for an order in which a model, one call after the other, says what was said. A call that
/// had ended before another began comes before it. Up to 31 calls.
template <class Model, class Call>
class order_search {
 public:
  /// `play` makes the call on the model, and returns whether the model says the same.
  order_search(const std::vector<Call>& calls, std::function<bool(Model&, const Call&)> play)
      : calls_(calls), play_(std::move(play)) {
    if (calls.size() > 31) throw std::invalid_argument{"too many calls to look for an order"};
  }

  [[nodiscard]] bool finds(const Model& begun = {}, std::uint32_t done = 0) {
    if (done == (1U << calls_.size()) - 1) return true;
    if (!seen_.insert({done, key_of(begun)}).second) return false;
    for (std::size_t i = 0; i < calls_.size(); ++i) {
      if ((done >> i & 1U) != 0 || !may_be_next(i, done)) continue;
      Model next = begun;
      if (play_(next, calls_[i]) && finds(next, done | 1U << i)) return true;
    }
    return false;
  }

 private:
  using key = decltype(key_of(std::declval<const Model&>()));

  [[nodiscard]] bool may_be_next(std::size_t i, std::uint32_t done) const {
    for (std::size_t k = 0; k < calls_.size(); ++k)
      if (k != i && (done >> k & 1U) == 0 && calls_[k].end < calls_[i].begin) return false;
    return true;
  }

  const std::vector<Call>& calls_;
  const std::function<bool(Model&, const Call&)> play_;
  std::set<std::pair<std::uint32_t, key>> seen_;
};

}  // namespace nava::test::model
