// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/functional/hash.hpp>
#include <mutex>
#include <nava/persistence/key_ring.hpp>
#include <optional>
#include <unordered_map>

namespace nava::persistence {

/// The keys that were used last, in memory. Thread-safe.
class kept_keys {
 public:
  [[nodiscard]] std::optional<workflow_key> find(const uuid& id) {
    const std::lock_guard lock{mutex_};
    if (const auto found = young_.find(id); found != young_.end()) return found->second;
    const auto found = old_.find(id);
    if (found == old_.end()) return std::nullopt;
    return keep(id, found->second);
  }

  void put(const uuid& id, const workflow_key& key) {
    const std::lock_guard lock{mutex_};
    keep(id, key);
  }

  void forget(const uuid& id) {
    const std::lock_guard lock{mutex_};
    young_.erase(id);
    old_.erase(id);
  }

 private:
  // Those that were not used since the young were made go together.
  static constexpr std::size_t young_max = 10'000;

  workflow_key keep(const uuid& id, const workflow_key& key) {
    const workflow_key kept = key;
    if (young_.size() >= young_max) {
      old_ = std::move(young_);
      young_.clear();
    }
    young_.insert_or_assign(id, kept);
    return kept;
  }

  using keys_by_id = std::unordered_map<uuid, workflow_key, boost::hash<uuid>>;

  std::mutex mutex_;
  keys_by_id young_, old_;
};

}  // namespace nava::persistence
