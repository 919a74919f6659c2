// SPDX-License-Identifier: Apache-2.0
#include "support/sql_script.hpp"

#include <algorithm>

namespace nava::test {

std::vector<std::string> statements_of(std::string_view script) {
  constexpr std::string_view blanks = " \t\r\n";
  std::vector<std::string> statements(1);
  char quote = '\0';
  for (std::size_t i = 0; i < script.size(); ++i) {
    const char c = script[i];
    if (quote == '\0' && script.substr(i).starts_with("--")) {
      i = std::min(script.find('\n', i), script.size()) - 1;
      continue;
    }
    const std::string& so_far = statements.back();
    const bool is_body = so_far.starts_with("CREATE TRIGGER") && !so_far.ends_with("END");
    if (quote == '\0' && c == ';' && !is_body) {
      statements.emplace_back();
      continue;
    }
    if (quote == '\0' && (c == '\'' || c == '"'))
      quote = c;
    else if (c == quote)
      quote = '\0';
    if (!statements.back().empty() || blanks.find(c) == std::string_view::npos)
      statements.back() += c;
  }
  std::erase(statements, "");
  return statements;
}

}  // namespace nava::test
