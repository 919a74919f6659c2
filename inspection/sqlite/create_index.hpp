// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

/// What a CREATE INDEX statement says and no pragma tells.
struct create_index {
  /// Names and expressions as written, without parentheses around and COLLATE, ASC or DESC behind.
  std::vector<std::string> columns;
  std::string where;  ///< empty where the index is not partial
};

/// Nothing where the statement is not understood. Pure.
[[nodiscard]] std::optional<create_index> parse_create_index(std::string_view sql);

}  // namespace nava::inspection
