// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/sql_tokens.hpp"

#include <algorithm>

namespace nava::inspection {
namespace {

constexpr std::string_view white_space = " \t\n\f\r";

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

bool is_of_word(char c) {
  return (c >= '0' && c <= '9') || (upper(c) >= 'A' && upper(c) <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The length of the white space or the comment that `rest` begins with. A comment that does not
// end reaches to the end of the statement.
std::size_t gap_length(std::string_view rest) {
  if (white_space.find(rest.front()) != std::string_view::npos)
    return std::min(rest.find_first_not_of(white_space), rest.size());
  if (rest.starts_with("--")) return std::min(rest.find('\n'), rest.size());
  if (!rest.starts_with("/*")) return 0;
  const std::size_t end = rest.find("*/", 2);
  return end == std::string_view::npos ? rest.size() : end + 2;
}

// The length of what begins with a quote, or 0 where it does not end. `]` cannot be doubled.
std::size_t quoted_length(std::string_view rest) {
  const char quote = rest.front() == '[' ? ']' : rest.front();
  for (std::size_t at = rest.find(quote, 1); at != std::string_view::npos;
       at = rest.find(quote, at + 2))
    if (quote == ']' || at + 1 == rest.size() || rest[at + 1] != quote) return at + 1;
  return 0;
}

sql_token::kind kind_of(char first) {
  if (first == '"' || first == '`' || first == '[') return sql_token::kind::quoted;
  if (first == '\'') return sql_token::kind::text;
  return is_of_word(first) ? sql_token::kind::word : sql_token::kind::symbol;
}

std::size_t length_of(sql_token::kind what, std::string_view rest) {
  if (what == sql_token::kind::symbol) return 1;
  if (what != sql_token::kind::word) return quoted_length(rest);
  return static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_of_word) -
                                  rest.begin());
}

}  // namespace

bool sql_token::is_word(std::string_view keyword) const {
  return what == kind::word && is_same_name(source, keyword);
}

bool sql_token::is_symbol(char c) const { return what == kind::symbol && source.front() == c; }

std::string sql_token::name() const {
  if (what != kind::quoted && what != kind::text) return std::string{source};
  std::string name;
  for (std::size_t i = 1; i + 1 < source.size(); ++i) {
    name += source[i];
    if (source[i] == source.back() && source[i] != ']') ++i;
  }
  return name;
}

std::optional<std::vector<sql_token>> tokens_of(std::string_view sql) {
  if (sql.size() > sql_bytes_max) return {};
  std::vector<sql_token> tokens;
  bool has_gap = false;
  for (std::string_view rest = sql; !rest.empty();) {
    if (const std::size_t gap = gap_length(rest); gap > 0) {
      rest.remove_prefix(gap);
      has_gap = true;
      continue;
    }
    const sql_token::kind what = kind_of(rest.front());
    const std::size_t length = length_of(what, rest);
    if (length == 0) return {};
    tokens.push_back({what, rest.substr(0, length), has_gap});
    rest.remove_prefix(length);
    has_gap = false;
  }
  return tokens;
}

std::string joined(std::span<const sql_token> tokens) {
  std::string text;
  for (const sql_token& token : tokens) {
    if (token.has_gap && !text.empty()) text += ' ';
    text += token.source;
  }
  return text;
}

std::size_t closing(std::span<const sql_token> tokens, std::size_t open) {
  std::size_t depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    if (tokens[i].is_symbol('(')) ++depth;
    if (tokens[i].is_symbol(')') && --depth == 0) return i;
  }
  return tokens.size();
}

std::vector<std::span<const sql_token>> split(std::span<const sql_token> tokens) {
  std::vector<std::span<const sql_token>> parts;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].is_symbol('(')) i = std::min(closing(tokens, i), tokens.size() - 1);
    if (!tokens[i].is_symbol(',')) continue;
    parts.push_back(tokens.subspan(begin, i - begin));
    begin = i + 1;
  }
  parts.push_back(tokens.subspan(begin));
  return parts;
}

bool is_same_name(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return upper(a) == upper(b); });
}

std::string folded(std::string_view name) {
  std::string key{name};
  std::transform(key.begin(), key.end(), key.begin(), upper);
  return key;
}

}  // namespace nava::inspection
