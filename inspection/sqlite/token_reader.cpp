// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/token_reader.hpp"

#include <algorithm>
#include <nava/schema/ascii_case.hpp>

namespace nava::inspection {

bool is_word(const schema::sql_token& token, std::string_view keyword) {
  return token.type == schema::sql_token::kind::word &&
         schema::are_same_but_for_case(token.source, keyword);
}

bool is_symbol(const schema::sql_token& token, char symbol) {
  return token.type == schema::sql_token::kind::symbol && token.source.size() == 1 &&
         token.source.front() == symbol;
}

std::optional<std::vector<schema::sql_token>> tokens_of(std::string_view sql) {
  if (sql.size() > sql_bytes_max) return {};
  std::vector<schema::sql_token> tokens;
  for (;;) {
    const auto next = schema::take_token(sql, schema::sql_quotes::sqlite);
    if (!next.is_closed) return {};
    if (next.type == schema::sql_token::kind::end) return tokens;
    tokens.push_back(next);
  }
}

std::string joined(std::span<const schema::sql_token> tokens) {
  std::string text;
  for (const schema::sql_token& token : tokens) {
    if (token.has_gap && !text.empty()) text += ' ';
    text += token.source;
  }
  return text;
}

std::size_t closing(std::span<const schema::sql_token> tokens, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (is_symbol(tokens[i], '(')) ++depth;
    if (is_symbol(tokens[i], ')') && --depth == 0) return i;
  }
  return tokens.size();
}

std::vector<std::span<const schema::sql_token>> split(std::span<const schema::sql_token> tokens) {
  std::vector<std::span<const schema::sql_token>> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (is_symbol(tokens[i], '(')) i = std::min(closing(tokens, i), tokens.size() - 1);
    if (!is_symbol(tokens[i], ',')) continue;
    parts.push_back(tokens.subspan(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(tokens.subspan(begin));
  return parts;
}

}  // namespace nava::inspection
