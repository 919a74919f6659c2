// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

/// The parts of a CREATE INDEX statement that no pragma tells.
struct create_index {
  /// Names and expressions as written, without the parentheses around them and without COLLATE, ASC
  /// or DESC after them.
  std::vector<std::string> columns;
  std::string where;  ///< empty where the index is not partial
};

/// Parses a statement as SQLite stores it in sqlite_master. Nothing where the parser does not know
/// its grammar. Pure.
[[nodiscard]] std::optional<create_index> parse_create_index(std::string_view sql);

}  // namespace nava::inspection
