// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/ddl.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The tokens of a condition, in a spelling that does not depend on who wrote them. Pure.
namespace nava::inspection::detail {

struct token {
  enum class kind { word, identifier, number, literal, symbol };
  kind type{};
  /// Of a word in lower case, of an identifier without its quotes, of a literal with them.
  std::string text;
};

/// The tokens of `sql` without white space and comments. SQLite's identifiers are in lower case.
[[nodiscard]] std::vector<token> tokens_of(std::string_view sql, schema::dialect dialect);

/// One text for each value, `12e2` for 1.2E+3: the digits without zeros around them, and a power of
/// ten. Nothing where `written` is no decimal number.
[[nodiscard]] std::optional<std::string> number_text(std::string_view written);

[[nodiscard]] constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace nava::inspection::detail
