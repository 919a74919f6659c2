// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace nava::schema::detail {

/// One text for the spellings of a condition that mean the same, so that what was written can be
/// compared with what a database prints. It keeps neither the quotes of identifiers, spaces,
/// comments nor parentheses that change nothing; nor casts that PostgreSQL adds, which are those to
/// text and those of a constant or an array to a type without a length. `IN`, `NOT IN` and
/// `BETWEEN` become what PostgreSQL makes of them, and a list of values has no order. A condition
/// that is beyond this (CASE, subqueries, calls with keywords) becomes the list of its words
/// without parentheses.
[[nodiscard]] std::string canonical_expression(std::string_view sql);

/// Whether an identifier in `sql` is `name`.
[[nodiscard]] bool mentions(std::string_view sql, std::string_view name);

}  // namespace nava::schema::detail
