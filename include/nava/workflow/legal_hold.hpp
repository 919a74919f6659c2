// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <nava/export.hpp>
#include <nava/schema/workflow_rows.hpp>
#include <nava/workflow/error.hpp>
#include <string>
#include <vector>

/// Legal holds: reasons for which a workflow must be kept, such as a lawsuit. A store deletes no
/// workflow that has one: store::erase(), purge() and maintain_partitions() leave it. SQL by hand
/// is not stopped. Pure functions; thread-safe.
namespace nava {

inline constexpr std::size_t legal_holds_max = 50;  ///< of a workflow, each up to key_bytes_max

/// Returns the names of the legal holds of a workflow, in the order in which they were placed.
[[nodiscard]] NAVA_EXPORT std::vector<std::string> legal_holds_of(const schema::workflow& row);

/// Throws error (legal_hold), which names the holds, where the workflow has some.
NAVA_EXPORT void expect_no_legal_hold(const uuid& workflow_id, const json::array& sys_tag);

}  // namespace nava
