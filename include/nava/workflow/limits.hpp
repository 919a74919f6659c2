// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

namespace nava {

/// Bounds on what may be stored. A call beyond them throws error (invalid_input) before any SQL.
inline constexpr std::size_t json_depth_max = 64;  ///< levels of a JSON column; a task's input: 63
inline constexpr std::size_t stored_depth_max =
    json_depth_max + 8;                                   ///< levels that a reader of rows takes
inline constexpr std::size_t key_bytes_max = 256;         ///< bytes of a text in an index
inline constexpr std::size_t unit_bytes_max = 16u << 20;  ///< bytes of one write as JSON

}  // namespace nava
