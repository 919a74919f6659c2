// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/task_queue.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "persistence/sealing/payload_seal.hpp"

/// What goes into the statements of task_queue, checked. Each function throws error (invalid_input)
/// for what no database can take.
namespace nava::persistence {

void check_claim(const claim_request& request);
void check_lease(std::chrono::milliseconds lease);
void check_limit(std::string_view queue, std::size_t most);
void check_lanes(std::span<const agenda_lane> lanes);

/// How far a lane goes ahead of one of priority 0.
[[nodiscard]] std::chrono::milliseconds ahead_of(const agenda_lane& lane,
                                                 std::chrono::milliseconds priority_step);

/// A lease as a statement names it, with what a call says of it.
struct lease_arguments {
  std::string workflow_id, task_id, fence;
  std::optional<std::string> progress{};         ///< JSON
  std::string status{}, attempt{};               ///< of a settlement, as what follows
  std::optional<std::string> result{}, error{};  ///< JSON; text
  std::chrono::milliseconds delay{0};
};

[[nodiscard]] std::vector<lease_arguments> arguments_of(std::span<const renewal> leases);
[[nodiscard]] std::vector<lease_arguments> arguments_of(std::span<const settlement> ended);

/// The same of renewals or settlements whose payloads are sealed on the way.
template <class Lease>
[[nodiscard]] std::vector<lease_arguments> arguments_of(std::span<const Lease> leases,
                                                        payload_seal& seal, deadline limit) {
  if (seal.is_on()) return arguments_of(std::span<const Lease>{seal.sealed(leases, limit)});
  seal.expect_plain(leases);
  return arguments_of(leases);
}

/// Returns the status that a settlement writes.
[[nodiscard]] schema::task_status status_of(settlement::result ends_as);

/// Returns a JSON array of those at `places`, each with its place as `n`.
[[nodiscard]] std::string rows_text(std::span<const lease_arguments> leases,
                                    std::span<const std::size_t> places);

/// Returns what a statement answers of a lease.
[[nodiscard]] lease_loss loss_from(std::string_view why);

}  // namespace nava::persistence
