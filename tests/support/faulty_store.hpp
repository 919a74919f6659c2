// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <mutex>

#include "support/intercepted_store.hpp"

namespace nava::test {

enum class fault {
  before,  ///< connection_lost, and nothing was done
  after    ///< done; then what the contract of the call lets it throw
};

/// Fails chosen calls, or lets something happen just before them. Calls are counted from 1
/// over all functions, from the construction or the last reset(). Thread-safe.
class faulty_store : public intercepted_store {
 public:
  using intercepted_store::intercepted_store;

  void fail_call(std::size_t number, fault kind);
  /// Runs `happens` once, just before the call, outside of any lock. What it does to the store
  /// below is not counted.
  void before_call(std::size_t number, std::function<void()> happens);
  void reset();
  [[nodiscard]] std::size_t calls() const;

 private:
  void intercept(nava::error_kind after, const std::function<void()>& call) override;

  mutable std::mutex mutex_;
  std::size_t calls_ = 0;
  std::map<std::size_t, fault> faults_;
  std::map<std::size_t, std::function<void()>> happenings_;
};

}  // namespace nava::test
