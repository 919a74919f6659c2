// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <nava/persistence/store.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace nava::test {

/// A call of a store that can be made again.
struct store_operation {
  std::string_view name;
  std::function<void(persistence::store&)> prepare;  ///< makes what is there before it
  /// Returns the answer, without what differs each time.
  std::function<std::string(persistence::store&)> call;
  bool adds = false;  ///< an event each time
};

/// Each call of the store, some in several situations.
[[nodiscard]] std::vector<store_operation> store_operations();

/// A call that something disturbs. Where it fails it is made again, and its answers and rows are
/// checked against those of a call that nothing disturbs.
class disturbed_call {
 public:
  /// `dump` tells the rows, without what differs each time.
  disturbed_call(const store_operation& what, persistence::store& on,
                 std::function<std::string()> dump)
      : what_(what), on_(on), dump_(std::move(dump)) {}

  /// Makes the call without disturbance, and once more.
  void learn();
  enum class end { answered, failed, failed_and_done };
  /// Returns when what was disturbed is over.
  using settle = std::function<void()>;
  /// The first call is over before it is made again.
  end make(const settle& over);
  /// It is made again while a server may still be at work on the first.
  void make_at_once(const settle& over);

 private:
  void check_rows() const;

  const store_operation& what_;
  persistence::store& on_;
  const std::function<std::string()> dump_;
  std::string first_, again_;  // what it answers, and what if it is made again
  std::string done_;           // the rows after it
};

}  // namespace nava::test
