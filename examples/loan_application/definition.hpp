// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/nava.hpp>
#include <string_view>

namespace loan {

inline constexpr std::string_view mortgage_key = "mortgage";

/// A home purchase loan in the United States, from the first talk to the recorded deed.
[[nodiscard]] nava::definition mortgage();

}  // namespace loan
