// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nava {

/// Bounds on what may be stored; anything beyond them is refused before any SQL.
inline constexpr std::size_t json_depth_max = 64;  ///< levels of nesting in a payload
inline constexpr std::size_t stored_depth_max =
    json_depth_max + 8;                                   ///< in its row, table, document
inline constexpr std::size_t key_bytes_max = 256;         ///< of a text that an index holds
inline constexpr std::size_t unit_bytes_max = 16u << 20;  ///< of one unit of work as JSON

}  // namespace nava
