// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/export.hpp>
#include <nava/schema/types.hpp>
#include <string_view>

/// How ids are made. All functions are thread-safe; all but new_id() are pure.
namespace nava {

/// Returns a version 7 uuid: the system clock, then random bits. The ids of one process rise, also
/// when its clock steps back.
[[nodiscard]] NAVA_EXPORT uuid new_id();

/// Returns the version 7 uuid of the `ordinal`-th task of a decision: 48 bits of milliseconds of
/// `now`, the rest hashed from the other arguments.
[[nodiscard]] NAVA_EXPORT uuid derived_id(timestamp now, const uuid& transaction_id,
                                          std::uint64_t ordinal);

/// Returns the time that a version 7 uuid begins with, to the millisecond.
[[nodiscard]] NAVA_EXPORT timestamp time_of(const uuid& id);

/// Returns the revision that a workflow begins with: 1 to 2^52, hashed from `transaction_id`. So a
/// decision on an earlier workflow of the same id fits the new one only once in 2^52 times, and
/// every JSON reader holds the number exactly.
[[nodiscard]] NAVA_EXPORT std::int64_t first_revision(const uuid& transaction_id);

/// Returns the version 5 uuid of a step. Two steps of a workflow have different ids, whatever
/// characters their keys have. `ordinal` counts the steps of one key, from 1.
[[nodiscard]] NAVA_EXPORT uuid step_id(const uuid& workflow_id, std::string_view step_key,
                                       std::uint64_t ordinal = 1);

}  // namespace nava
