// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

/// What a CREATE TABLE statement says and no pragma tells. Names of constraints are empty where
/// there is none; all lists are in the order of the statement.
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
};

/// Reads a statement as SQLite stores it in sqlite_master. Nothing where it is not understood.
/// Pure.
[[nodiscard]] std::optional<create_table> parse_create_table(std::string_view sql);

}  // namespace nava::inspection
