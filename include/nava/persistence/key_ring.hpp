// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <nava/export.hpp>
#include <nava/persistence/database_url.hpp>
#include <nava/schema/types.hpp>
#include <nava/workflow/deadline.hpp>
#include <optional>
#include <span>
#include <vector>

namespace spdlog {
class logger;
}

/// Keys of workflows whose payloads are sealed. Where a key is destroyed, the payloads cannot be
/// read in any copy of the database: no backup, no replica, no archived log. docs/sealing.md says
/// what is sealed.
namespace nava::persistence {

/// What seals the payloads of one workflow: 256 random bits. A value; its octets are overwritten at
/// its end. Texts in which a ring reads and writes them may stay in freed memory.
class NAVA_EXPORT workflow_key {
 public:
  static constexpr std::size_t size = 32;

  /// Returns a new key. Throws error (other) where the system gives no random bits. Thread-safe.
  [[nodiscard]] static workflow_key random();

  explicit workflow_key(std::span<const std::uint8_t, size> octets);
  workflow_key(const workflow_key&) = default;
  workflow_key& operator=(const workflow_key&) = default;
  ~workflow_key();

  /// Returns the secret itself, for those who keep it.
  [[nodiscard]] std::span<const std::uint8_t, size> octets() const { return octets_; }

 private:
  std::array<std::uint8_t, size> octets_{};
};

/// The most workflows of one call of a key_ring.
inline constexpr std::size_t keys_at_once_max = 1'000;

/// Keeps the key of each workflow, outside of the database of the workflows. open_key_ring() makes
/// one in a database; an application may derive its own, for a service that keeps secrets.
/// Thread-safe. `limit` bounds a call as in `store`.
///
/// Every call may throw error: contention, connection_lost and outcome_unknown, after which the
/// same call may be made again; invalid_input for more than keys_at_once_max; other.
class NAVA_EXPORT key_ring {
 public:
  virtual ~key_ring() = default;

  /// Returns an element for each workflow, in their order; none where the ring has no key of it.
  [[nodiscard]] virtual std::vector<std::optional<workflow_key>> find(
      std::span<const uuid> workflow_ids, deadline limit) = 0;

  /// Makes the keys that are missing, and returns all, in their order. The age of each begins anew.
  /// No id stands in `workflow_ids` twice.
  /// A key is safe on disk before the call returns it. Callers that come at once get the same key.
  [[nodiscard]] virtual std::vector<workflow_key> make(std::span<const uuid> workflow_ids,
                                                       deadline limit) = 0;

  /// Destroys those of the keys whose age is `age` or more, and returns how many. Without ids it
  /// overwrites what earlier calls could not.
  virtual std::size_t destroy(std::span<const uuid> workflow_ids, std::chrono::seconds age,
                              deadline limit) = 0;

  /// Returns up to keys_at_once_max workflows that have a key of this age, by id, beyond `after`.
  [[nodiscard]] virtual std::vector<uuid> list(std::chrono::seconds age,
                                               const std::optional<uuid>& after,
                                               deadline limit) = 0;
};

/// How open_key_ring() opens a database, and how the ring works.
struct key_ring_options {
  /// Throws error (not_found) where there is no ring, instead of making one.
  bool expect = false;
  std::chrono::milliseconds call_timeout{30'000};  ///< of calls without a limit
  std::size_t connections_max = 4;                 ///< of the pool; on SQLite there is one
  std::shared_ptr<spdlog::logger> logger{};        ///< as store_options::logger
};

/// Opens a ring in the table `workflow_key` of a database, which it makes where there is none. On
/// SQLite it makes the file, for its owner alone. Thread-safe. Throws error: as open_store(), and
/// invalid_input for a database that has workflows, since one backup would have both, and for a
/// file that others may read.
[[nodiscard]] NAVA_EXPORT std::unique_ptr<key_ring> open_key_ring(
    const database_url& url, const key_ring_options& options = {});

/// Which keys destroy_orphaned_keys() looks at.
struct key_sweep {
  /// Only keys of this age: a workflow that is being started has its key before its rows.
  std::chrono::seconds age = std::chrono::hours{24};
  bool dry_run = false;  ///< counts and destroys nothing
  /// Lifts both guards: destroys keys that are newer than the newest workflow, and destroys keys
  /// where no key has a workflow.
  bool even_all = false;
};

/// What destroy_orphaned_keys() has found.
struct key_sweep_report {
  std::size_t keys = 0;       ///< that were looked at
  std::size_t newer = 0;      ///< left, since they are newer than the newest workflow
  std::size_t orphaned = 0;   ///< whose workflow is gone
  std::size_t destroyed = 0;  ///< of the orphaned
};

/// Destroys the keys of workflows that are no longer in the database `workflows`, however they were
/// deleted. It counts first and then destroys: two statements on each database for 1,000 keys.
/// Thread-safe.
///
/// `workflows` must be the database of the ring. A copy or a restored backup lacks the newest
/// workflows, so keys newer than the newest workflow there stay. Throws error: as open_store() and
/// the ring do; invalid_input where no workflow has any of the keys, and for a database in memory;
/// other, with SQLSTATE 42501, for a role that sees the workflows of one company alone. Keys that
/// were destroyed before an error stay so.
NAVA_EXPORT key_sweep_report destroy_orphaned_keys(const database_url& workflows, key_ring& keys,
                                                   const key_sweep& which = {});

}  // namespace nava::persistence
