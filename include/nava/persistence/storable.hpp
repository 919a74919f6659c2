// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/types.hpp>
#include <string_view>

namespace nava::persistence {

/// Bounds on what may be stored; anything beyond them is refused before any SQL.
inline constexpr std::size_t json_depth_max = 64;         ///< levels of nesting in a payload
inline constexpr std::size_t key_bytes_max = 256;         ///< of a text that an index holds
inline constexpr std::size_t unit_bytes_max = 16u << 20;  ///< of one unit of work as JSON

/// Brings `value` into the form in which it will be loaded again, on either database: an
/// integral number becomes an integer, as jsonb has it. Throws error (invalid_input) for what
/// one of the databases would refuse, cut or change: NUL bytes, invalid UTF-8, numbers that
/// are not finite, nesting beyond json_depth_max. The message names the place, beginning with
/// `where`, and never the value. `levels_above` counts the levels of JSON that the value will lie
/// in. Pure and thread-safe.
void make_storable(json::value& value, std::string_view where, std::size_t levels_above = 0);

}  // namespace nava::persistence
