// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdlib>

namespace nava::test {

/// Returns `number`, multiplied by NAVA_TEST_DRILL where somebody wants a longer run than that of
/// every day.
[[nodiscard]] inline int at_scale(int number) {
  const char* const scale = std::getenv("NAVA_TEST_DRILL");
  return number * (scale == nullptr ? 1 : std::max(1, std::atoi(scale)));
}

}  // namespace nava::test
