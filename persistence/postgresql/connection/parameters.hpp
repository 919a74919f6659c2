// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "persistence/connection/connection.hpp"

namespace nava::persistence::postgresql {

/// A statement as the server takes it: with `$1`, `$2` … in the place of names.
struct positional_statement {
  std::string sql;
  /// Of `$1`, `$2` …: which parameter of the statement it is. A name that stands twice has two
  /// numbers, so that the server finds a type for each.
  std::vector<std::size_t> parameters;
};

/// A name is `:` and letters, digits or underscores, outside of quotes; `::` and `:=` are none.
/// Throws std::logic_error for a name that is not among the parameters.
[[nodiscard]] positional_statement positional(const statement& named);

}  // namespace nava::persistence::postgresql
