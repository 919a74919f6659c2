// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/persistence/tombstones.hpp>
#include <string>
#include <vector>

/// What both databases know of tombstones.
namespace nava::persistence {

/// The most that one statement removes.
inline constexpr std::size_t tombstones_removed_at_once = 1000;

/// Throws error (invalid_input) for a policy that is out of range.
[[nodiscard]] tombstone_policy checked(const tombstone_policy& policy);

/// Texts as a list in SQL.
[[nodiscard]] std::string literals_of(const std::vector<std::string>& texts);

}  // namespace nava::persistence
