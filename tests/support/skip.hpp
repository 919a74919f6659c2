// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace nava::test {

/// Counts the running case as skipped, unless it fails, and prints `reason`: what it needs and is
/// not given. The case then returns. Used by the thread that runs the case.
void skip(const std::string& reason);

}  // namespace nava::test
