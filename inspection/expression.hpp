// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/ddl.hpp>
#include <string_view>

namespace nava::inspection::detail {

enum class likeness { same, different, unknown };

/// Whether two conditions mean the same, however they are spelled: what was written and what a
/// database prints. Nothing hangs on the quotes of identifiers, spaces, comments nor parentheses
/// that change nothing; nor on casts that PostgreSQL adds, which are those to text, to numeric and
/// to double precision, and those of a constant or an array to a type without a length. `IN`,
/// `NOT IN`, `BETWEEN` and `IS NOT DISTINCT FROM` are what PostgreSQL makes of them, a list of
/// values has no order, and 1e3 is 1000. On SQLite names are the same whatever their case. Unknown
/// where one of them is beyond this (CASE, subqueries, calls with keywords, literals of times) and
/// they are not the same word for word.
[[nodiscard]] likeness compare_expressions(std::string_view one, std::string_view other,
                                           schema::dialect dialect);

/// Whether an identifier in `sql` is `name`.
[[nodiscard]] bool mentions(std::string_view sql, std::string_view name, schema::dialect dialect);

}  // namespace nava::inspection::detail
