// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nava::tools {

/// Which of `names` somebody meant who wrote `word`: one that begins so, else the one that the
/// fewest changed, missing, superfluous or exchanged letters are away, at most one in three.
/// None where that is none of them.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> names);

}  // namespace nava::tools
