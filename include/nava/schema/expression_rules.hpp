// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/name_rules.hpp>

/// Rules of conditions and expressions, SQL that somebody writes and two databases read.
namespace nava::schema::rules {

struct sql_token {
  enum class kind { end, word, name, number, text, symbol };
  kind what{};
  std::string_view text;  ///< without the quotes of a name
};

constexpr bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.';
}

/// Takes the first token from the front of `rest`.
constexpr sql_token take_token(std::string_view& rest) {
  using enum sql_token::kind;
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t\n"), rest.size()));
  if (rest.empty()) return {};
  const char first = rest.front();
  std::size_t size = 1;
  if (first == '\'' || first == '"') {
    size = std::min(rest.find(first, 1), rest.size() - 1) + 1;
    const sql_token quoted{first == '"' ? name : text,
                           size < 2 ? std::string_view{} : rest.substr(1, size - 2)};
    rest.remove_prefix(size);
    return quoted;
  }
  if (is_word_character(first))
    while (size < rest.size() && is_word_character(rest[size])) ++size;
  const bool is_number = (first >= '0' && first <= '9') || (first == '.' && size > 1);
  const sql_token found{is_number                  ? number
                        : is_word_character(first) ? word
                                                   : symbol,
                        rest.substr(0, size)};
  rest.remove_prefix(size);
  return found;
}

constexpr bool are_same_words(std::string_view written, std::string_view lower_case) {
  return std::equal(written.begin(), written.end(), lower_case.begin(), lower_case.end(),
                    [](char a, char b) {
                      return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b;
                    });
}

/// Whether an identifier in `sql` is the column.
constexpr bool names_column(std::string_view sql, std::string_view column) {
  for (sql_token each = take_token(sql); each.what != sql_token::kind::end; each = take_token(sql))
    if ((each.what == sql_token::kind::name && each.text == column) ||
        (each.what == sql_token::kind::word && are_same_words(each.text, column)))
      return true;
  return false;
}

/// Whether what an index is made of has the column, or is made of it.
constexpr bool has_column(const index_description& index, std::string_view column) {
  return std::any_of(index.columns.begin(), index.columns.end(), [&](std::string_view term) {
    return is_expression(term) ? names_column(term, column) : term == column;
  });
}

/// Whether `text` could stand in parentheses: quotes and parentheses are closed, and nothing in it
/// ends the statement or hides what follows.
constexpr bool is_whole(std::string_view text) {
  int open = 0;
  char quote = 0;
  bool is_blank = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\0') return false;
    is_blank = is_blank && (c == ' ' || c == '\n' || c == '\t');
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '(') {
      ++open;
    } else if (c == ')') {
      if (--open < 0) return false;
    } else if (c == ';' || text.substr(i).starts_with("--") || text.substr(i).starts_with("/*")) {
      return false;
    }
  }
  return open == 0 && quote == 0 && !is_blank;
}

/// Calls `search(table, name, sql)` for every piece of SQL until one finds something.
template <class Search>
constexpr culprits first_in_expressions(const database_description& database, Search search) {
  for (const auto& table : database.tables) {
    for (const auto& condition : table.conditions)
      if (const culprits found = search(table, condition.name, condition.expression);
          !found.empty())
        return found;
    for (const auto& index : table.indexes) {
      if (!index.where.empty())
        if (const culprits found = search(table, index.name, index.where); !found.empty())
          return found;
      for (const auto& term : index.columns)
        if (is_expression(term))
          if (const culprits found = search(table, index.name, term.substr(1, term.size() - 2));
              !found.empty())
            return found;
    }
  }
  return {};
}

constexpr culprits broken_expression(const database_description& database) {
  return first_in_expressions(
      database, [](const table_description& table, std::string_view name, std::string_view sql) {
        return is_whole(sql) ? culprits{} : culprits{name, table.name};
      });
}

/// How many digits behind the point a number counts in on SQLite.
constexpr int scale_of(const column_description& column) {
  return column.type == column_type::decimal ? column.digits.scale : 0;
}

constexpr bool is_numeric(const column_description& column) {
  return column.type == column_type::integer || column.type == column_type::bigint ||
         column.type == column_type::real || column.type == column_type::decimal;
}

constexpr bool has_number_but_zero(std::string_view sql) {
  for (sql_token each = take_token(sql); each.what != sql_token::kind::end; each = take_token(sql))
    if (each.what == sql_token::kind::number && each.text.find_first_not_of("0.") != each.text.npos)
      return true;
  return false;
}

/// A decimal is a number on PostgreSQL, and counts units on SQLite: it may stand beside zero, and
/// beside decimals that count the same units.
constexpr culprits decimal_among_numbers(const database_description& database) {
  return first_in_expressions(
      database,
      [](const table_description& table, std::string_view name, std::string_view sql) -> culprits {
        const auto is_beside = [&](const column_description& each) {
          return is_numeric(each) && names_column(sql, each.name);
        };
        for (const auto& column : table.columns) {
          if (scale_of(column) == 0 || !is_beside(column)) continue;
          for (const auto& other : table.columns)
            if (is_beside(other) && scale_of(other) != scale_of(column))
              return {name, table.name, column.name, other.name};
          if (has_number_but_zero(sql)) return {name, table.name, column.name};
        }
        return {};
      });
}

}  // namespace nava::schema::rules
