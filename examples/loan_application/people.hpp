// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

namespace loan {

inline constexpr std::string_view borrower = "dana.reyes";
inline constexpr std::string_view loan_officer = "sam.ortiz";
inline constexpr std::string_view processor = "lena.fox";
inline constexpr std::string_view underwriter = "amara.cole";
inline constexpr std::string_view closer = "theo.brandt";

/// Whose turn it is while a step of this kind is open.
[[nodiscard]] std::string_view who_acts(std::string_view step_key);

}  // namespace loan
