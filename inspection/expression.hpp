// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/ddl.hpp>
#include <string_view>

namespace nava::inspection::detail {

enum class likeness { same, different, unknown };

/// Compares the meaning of two conditions, such as a described one and the one that a database
/// prints. It ignores:
/// - quotes of identifiers, white space, comments, and parentheses that change nothing;
/// - casts that PostgreSQL adds: to text, numeric and double precision, and of a constant or an
/// array
///   to a type without a length;
/// - the order of a list of values, and the spelling of a number: 1e3 is 1000;
/// - on SQLite, the case of names.
/// `IN`, `NOT IN`, `BETWEEN` and `IS NOT DISTINCT FROM` mean what PostgreSQL makes of them.
///
/// Returns `unknown` where the two differ and one of them is beyond the parser: CASE, subqueries,
/// calls with keywords, literals of times. Pure; safe to call from any thread.
[[nodiscard]] likeness compare_expressions(std::string_view one, std::string_view other,
                                           schema::dialect dialect);

/// Whether an identifier in `sql` is `name`. Pure; safe to call from any thread.
[[nodiscard]] bool mentions(std::string_view sql, std::string_view name, schema::dialect dialect);

}  // namespace nava::inspection::detail
