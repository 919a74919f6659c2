// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <string>
#include <string_view>

/// Splits SQL into tokens. The rules of expressions, the comparison of conditions and the parsers
/// of SQLite's statements share this scanner. Pure functions; safe to call from any thread.
namespace nava::schema {

/// The quotes around an identifier.
enum class sql_quotes {
  standard,  ///< `"name"`, as PostgreSQL and SQLite have it
  sqlite     ///< also `` `name` `` and `[name]`, which only SQLite reads
};

struct sql_token {
  enum class kind {
    end,         ///< nothing is left
    word,        ///< a keyword or a bare name
    identifier,  ///< a name in quotes
    number,
    text,   ///< a literal between ''
    symbol  ///< an operator of one or more characters, `::`, or any other character
  };
  kind type = kind::end;
  std::string_view source;   ///< as written, a part of the scanned SQL
  bool has_gap = false;      ///< white space or a comment stands before it
  bool has_comment = false;  ///< a comment stands before it
  bool is_closed = true;     ///< false: its quote does not end
};

namespace detail {

constexpr std::string_view sql_white_space = " \t\r\n\f\v";
constexpr std::string_view sql_operator_letters = "+-*/<>=~!@#%^&|?";

constexpr bool is_sql_digit(char c) { return c >= '0' && c <= '9'; }

constexpr bool is_sql_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         is_sql_digit(c) || static_cast<unsigned char>(c) >= 0x80;
}

constexpr bool begins_sql_comment(std::string_view sql) {
  return sql.starts_with("--") || sql.starts_with("/*");
}

constexpr std::size_t sql_bounded(std::string_view sql, std::size_t end) {
  return end < sql.size() ? end : sql.size();
}

// A comment that does not end reaches to the end of the SQL.
constexpr std::size_t sql_comment_length(std::string_view sql) {
  if (sql.starts_with("--")) return sql_bounded(sql, sql.find('\n'));
  const std::size_t end = sql.find("*/", 2);
  return end == sql.npos ? sql.size() : end + 2;
}

constexpr sql_token::kind sql_kind_of(std::string_view sql, sql_quotes quotes) {
  using enum sql_token::kind;
  const char first = sql.front();
  if (first == '\'') return text;
  if (first == '"' || (quotes == sql_quotes::sqlite && (first == '`' || first == '[')))
    return identifier;
  if (is_sql_digit(first) || (first == '.' && sql.size() > 1 && is_sql_digit(sql[1])))
    return number;
  return is_sql_word_letter(first) ? word : symbol;
}

// npos where the quote does not end. A quote inside is doubled, but for `]`.
constexpr std::size_t sql_quoted_length(std::string_view sql) {
  const char quote = sql.front() == '[' ? ']' : sql.front();
  for (std::size_t at = sql.find(quote, 1); at != sql.npos; at = sql.find(quote, at + 2))
    if (quote == ']' || at + 1 == sql.size() || sql[at + 1] != quote) return at + 1;
  return sql.npos;
}

// `12`, `1.5e-3`, `.5`, `0x1F`, and what else begins like a number.
constexpr std::size_t sql_number_length(std::string_view sql) {
  const bool is_decimal = !sql.starts_with("0x") && !sql.starts_with("0X");
  std::size_t length = 0;
  while (length < sql.size()) {
    const char last = length == 0 ? ' ' : sql[length - 1];
    const bool is_sign = is_decimal && (last == 'e' || last == 'E') &&
                         (sql[length] == '+' || sql[length] == '-') && length + 1 < sql.size() &&
                         is_sql_digit(sql[length + 1]);
    if (!is_sign && sql[length] != '.' && !is_sql_word_letter(sql[length])) break;
    ++length;
  }
  return length;
}

// As PostgreSQL reads operators: `=-` is two of them, `@-` is one.
constexpr std::size_t sql_symbol_length(std::string_view sql) {
  if (sql.starts_with("::")) return 2;
  std::size_t length = sql_bounded(sql, sql.find_first_not_of(sql_operator_letters));
  for (std::size_t at = 1; at < length; ++at)
    if (begins_sql_comment(sql.substr(at))) length = at;
  if (sql.substr(0, length).find_first_of("~!@#%^&|?") == sql.npos)
    while (length > 1 && (sql[length - 1] == '-' || sql[length - 1] == '+')) --length;
  return length == 0 ? 1 : length;
}

constexpr std::size_t sql_token_length(std::string_view sql, sql_token::kind type) {
  if (type == sql_token::kind::number) return sql_number_length(sql);
  if (type == sql_token::kind::symbol) return sql_symbol_length(sql);
  if (type != sql_token::kind::word) return sql_quoted_length(sql);
  std::size_t length = 1;
  while (length < sql.size() && is_sql_word_letter(sql[length])) ++length;
  return length;
}

}  // namespace detail

/// Takes the first token from the front of `sql`, with the white space and the comments before it.
/// Returns a token of kind `end` where nothing else is left. A quote that does not end reaches to
/// the end of `sql`.
[[nodiscard]] constexpr sql_token take_token(std::string_view& sql,
                                             sql_quotes quotes = sql_quotes::standard) {
  sql_token token;
  for (;;) {
    const std::size_t blanks =
        detail::sql_bounded(sql, sql.find_first_not_of(detail::sql_white_space));
    const bool is_comment = blanks == 0 && detail::begins_sql_comment(sql);
    const std::size_t gap = is_comment ? detail::sql_comment_length(sql) : blanks;
    if (gap == 0) break;
    token.has_gap = true;
    token.has_comment = token.has_comment || is_comment;
    sql.remove_prefix(gap);
  }
  if (sql.empty()) return token;
  token.type = detail::sql_kind_of(sql, quotes);
  const std::size_t length = detail::sql_token_length(sql, token.type);
  token.is_closed = length != sql.npos;
  token.source = sql.substr(0, length);
  sql.remove_prefix(token.source.size());
  return token;
}

/// The source of a token without the quotes around it. A doubled quote inside stays doubled.
[[nodiscard]] constexpr std::string_view inside_quotes(const sql_token& token) {
  if (token.type != sql_token::kind::identifier && token.type != sql_token::kind::text)
    return token.source;
  return token.source.substr(1, token.source.size() - (token.is_closed ? 2 : 1));
}

/// The name or the text that a token stands for: without the quotes around it, and with a doubled
/// quote inside as one.
[[nodiscard]] NAVA_EXPORT std::string unquoted(const sql_token& token);

}  // namespace nava::schema
