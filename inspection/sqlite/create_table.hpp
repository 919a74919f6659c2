// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

/// The parts of a CREATE TABLE statement that no pragma tells. The name of a constraint is empty
/// where it has none. All lists are in the order of the statement.
struct create_table {
  struct key {
    std::string name;
    std::vector<std::string> columns;
    bool is_primary = false;
  };
  struct check {
    std::string name;
    std::string expression;
  };
  struct foreign_key {
    std::string name;
    std::vector<std::string> columns;
    bool deferrable = false;
    bool initially_deferred = false;
  };
  struct generated_column {
    std::string name;
    std::string expression;
  };
  std::vector<key> keys;
  std::vector<check> checks;
  std::vector<foreign_key> foreign_keys;
  std::vector<generated_column> generated_columns;
  std::string numbered_column;  ///< that of AUTOINCREMENT; empty: none
};

/// Parses a statement as SQLite stores it in sqlite_master. Nothing where the parser does not know
/// its grammar. Pure.
[[nodiscard]] std::optional<create_table> parse_create_table(std::string_view sql);

}  // namespace nava::inspection
