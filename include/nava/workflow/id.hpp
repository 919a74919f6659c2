// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/schema/types.hpp>
#include <string_view>

namespace nava {

/// A new version 7 uuid: the system clock, then random bits. Those of one process rise, also
/// when its clock steps back. Thread-safe.
[[nodiscard]] uuid new_id();

/// The version 7 uuid of the `ordinal`-th thing that a decision makes: the same for the same
/// decision, so that deciding stays a function of its arguments.
[[nodiscard]] uuid derived_id(timestamp now, const uuid& transaction_id, std::uint64_t ordinal);

/// The revision that a workflow begins with, from 1 to 2^52: the same for the same decision, and
/// for another one a random number. So a decision on an earlier workflow of the same id does not
/// fit the new one, but once in 2^52 times; and every JSON reader holds the number exactly.
[[nodiscard]] std::int64_t first_revision(const uuid& transaction_id);

/// The version 5 uuid of a step: the same step of the same workflow has the same id however
/// often it is made, and two steps have two, whatever characters their keys have. `ordinal` counts
/// from 1 and matters for steps that repeat.
[[nodiscard]] uuid step_id(const uuid& workflow_id, std::string_view step_key,
                           std::uint64_t ordinal = 1);

}  // namespace nava
