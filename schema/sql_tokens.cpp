// SPDX-License-Identifier: Apache-2.0
#include <nava/schema/sql_tokens.hpp>

namespace nava::schema {

std::string unquoted(const sql_token& token) {
  const std::string_view inside = inside_quotes(token);
  if (inside.size() == token.source.size()) return std::string{inside};
  const char quote = token.source.front();
  std::string text;
  for (std::size_t i = 0; i < inside.size(); ++i) {
    text += inside[i];
    // Nothing is doubled between [ and ].
    if (inside[i] == quote && quote != '[') ++i;
  }
  return text;
}

}  // namespace nava::schema
