// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/ascii_case.hpp>
#include <nava/schema/name_rules.hpp>
#include <nava/schema/sql_tokens.hpp>

/// Rules of conditions and expressions, which an application writes as SQL for both databases. Pure
/// functions; safe to call from any thread.
namespace nava::schema::rules {

/// Whether an identifier in `sql` is the column.
constexpr bool names_column(std::string_view sql, std::string_view column) {
  using enum sql_token::kind;
  for (sql_token each = take_token(sql); each.type != end; each = take_token(sql))
    if ((each.type == identifier && inside_quotes(each) == column) ||
        (each.type == word && are_same_but_for_case(each.source, column)))
      return true;
  return false;
}

/// Whether the column is a term of the index or stands in one of its expressions.
constexpr bool has_column(const index_description& index, std::string_view column) {
  return std::any_of(index.columns.begin(), index.columns.end(), [&](std::string_view term) {
    return is_expression(term) ? names_column(term, column) : term == column;
  });
}

/// Whether `sql` could stand in parentheses. It closes its quotes and parentheses, is not empty,
/// and contains nothing that ends the statement or hides the rest of it.
constexpr bool is_whole(std::string_view sql) {
  if (sql.find('\0') != sql.npos) return false;
  int open = 0;
  bool is_blank = true;
  for (;;) {
    const sql_token next = take_token(sql);
    if (next.has_comment || !next.is_closed || next.source == ";") return false;
    if (next.type == sql_token::kind::end) return open == 0 && !is_blank;
    is_blank = false;
    if (next.source == "(") ++open;
    if (next.source == ")" && --open < 0) return false;
  }
}

/// Calls `search(table, name, sql)` for every condition and expression until a search has culprits.
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

/// The number of digits behind the point of the unit in which SQLite stores a number.
constexpr int scale_of(const column_description& column) {
  return column.type == column_type::decimal ? column.digits.scale : 0;
}

constexpr bool is_numeric(const column_description& column) {
  return column.type == column_type::integer || column.type == column_type::bigint ||
         column.type == column_type::real || column.type == column_type::decimal;
}

constexpr bool has_number_but_zero(std::string_view sql) {
  using enum sql_token::kind;
  for (sql_token each = take_token(sql); each.type != end; each = take_token(sql))
    if (each.type == number && each.source.find_first_not_of("0.") != each.source.npos) return true;
  return false;
}

/// PostgreSQL stores a decimal as a number, SQLite as a count of units. It may therefore stand
/// beside zero and beside decimals of the same scale only.
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
