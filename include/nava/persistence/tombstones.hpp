// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>
#include <vector>

/// What stays of a workflow that is deleted. A value: threads may read one object.
namespace nava::persistence {

/// Whether a deletion leaves a tombstone, which refuses a start that comes too late. All programs
/// that start or delete workflows of a database need the same policy: a store without one neither
/// leaves tombstones nor looks for them.
struct tombstone_policy {
  /// From the deletion on; 0: no tombstones. To purge_age_max. A tombstone of the id refuses a
  /// request that the network held back, or that its call repeats.
  std::chrono::seconds keep_for{};
  /// Keys of definitions of which a resource has one workflow, ever. A tombstone of the resource
  /// refuses another, whatever its id. The database keeps the resource as a SHA-256.
  std::vector<std::string> one_per_resource{};

  /// Returns whether deletions leave tombstones.
  [[nodiscard]] bool is_on() const { return keep_for > std::chrono::seconds{}; }
};

}  // namespace nava::persistence
