// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace nava::test {

/// The statements of `script` without the `;` that ends each: cut at those outside of quotes and of
/// `--` comments, which are left out; those of a trigger's body stay with it. Neither block
/// comments nor dollar quotes are known.
[[nodiscard]] std::vector<std::string> statements_of(std::string_view script);

}  // namespace nava::test
