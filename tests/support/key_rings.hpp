// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <nava/persistence/key_ring.hpp>
#include <thread>

#include "support/databases.hpp"

/// Key rings for tests of sealed workflows.
namespace nava::test {

[[nodiscard]] inline std::shared_ptr<persistence::key_ring> ring_in_memory() {
  return persistence::open_key_ring(persistence::database_url{"sqlite::memory:"});
}

/// A store in memory whose workflows are sealed.
class sqlite_sealed : public sqlite_memory {
 public:
  sqlite_sealed() { options_.keys = ring_in_memory(); }
};

/// The same in a file, which is looked at after a case of the engine.
class sealed_file : public sqlite_file {
 public:
  sealed_file() { options_.keys = ring_in_memory(); }
};

/// Passes calls on to a ring, or throws.
class failing_ring : public persistence::key_ring {
 public:
  std::optional<error_kind> failure{};  ///< of the next calls
  std::atomic<bool> hangs = false;      ///< they wait for their deadline, and fail

  std::vector<std::optional<persistence::workflow_key>> find(std::span<const uuid> ids,
                                                             deadline limit) override {
    if (hangs) {
      std::this_thread::sleep_until(limit.at());
      throw error{error_kind::connection_lost, "the ring does not answer"};
    }
    return ready().find(ids, limit);
  }
  std::vector<persistence::workflow_key> make(std::span<const uuid> ids, deadline limit) override {
    return ready().make(ids, limit);
  }
  std::size_t destroy(std::span<const uuid> ids, std::chrono::seconds age,
                      deadline limit) override {
    return ready().destroy(ids, age, limit);
  }
  std::vector<uuid> list(std::chrono::seconds age, const std::optional<uuid>& after,
                         deadline limit) override {
    return ready().list(age, after, limit);
  }

 private:
  persistence::key_ring& ready() {
    if (failure) throw error{*failure, "the ring fails"};
    return *ring_;
  }

  std::shared_ptr<persistence::key_ring> ring_ = ring_in_memory();
};

}  // namespace nava::test
