// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/create_table.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "inspection/sqlite/token_reader.hpp"

namespace nava::inspection {
namespace {

struct not_understood : std::runtime_error {
  not_understood() : std::runtime_error("a CREATE TABLE statement that is not understood") {}
};

using tokens_view = std::span<const schema::sql_token>;

// Goes once through the tokens in the parentheses, column by column and constraint by constraint.
// SQLite accepts a table constraint without a comma before it, and CONSTRAINT with a name and no
// constraint after it.
class body_parser {
 public:
  explicit body_parser(tokens_view body) : body_(body) {}

  create_table parse() {
    begin_item();
    while (at_ < body_.size()) {
      if (take_symbol(','))
        begin_item();
      else
        take_clause();
    }
    return std::move(table_);
  }

 private:
  void begin_item() {
    constraint_name_.clear();
    column_.clear();
    for (const std::string_view first : {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"})
      if (at_ < body_.size() && is_word(body_[at_], first)) return;
    column_ = take_name();
  }

  void take_clause() {
    if (take_word("CONSTRAINT")) {
      constraint_name_ = take_name();
    } else if (take_word("PRIMARY")) {
      expect_word("KEY");
      add_key(true);
    } else if (take_word("UNIQUE")) {
      add_key(false);
    } else if (take_word("CHECK")) {
      table_.checks.push_back({take_constraint_name(), joined(take_parentheses())});
    } else if (take_word("FOREIGN")) {
      expect_word("KEY");
      add_foreign_key(take_columns());
    } else if (take_word("REFERENCES")) {
      take_reference();
    } else if (take_word("DEFERRABLE")) {
      defer();
    } else if (take_word("AS")) {
      table_.generated_columns.push_back({column_, joined(take_parentheses())});
      constraint_name_.clear();
    } else {
      take_rest();
    }
  }

  // Skips what pragmas tell: types, NOT NULL, defaults, collations, actions.
  void take_rest() {
    if (take_word("DEFAULT")) {
      constraint_name_.clear();
      if (!take_symbol('+')) take_symbol('-');
      take_any();
    } else if (take_word("ON")) {
      take_any();
      if (take_word("SET") || take_word("NO")) return take_any();
      take_any();
    } else if (take_word("COLLATE") || take_word("MATCH")) {
      take_any();
    } else if (take_word("NOT")) {
      if (take_word("DEFERRABLE")) {
        take_initially();
        return;
      }
      take_any();
      constraint_name_.clear();
    } else if (take_word("AUTOINCREMENT")) {
      table_.numbered_column = column_;
    } else if (take_word("NULL")) {
      constraint_name_.clear();
    } else {
      take_any();
    }
  }

  void add_key(bool is_primary) {
    std::string name = take_constraint_name();
    auto columns = column_.empty() ? take_columns() : std::vector<std::string>{column_};
    if (column_.empty() && is_primary && columns.size() == 1 &&
        is_word(body_[at_ - 2], "AUTOINCREMENT"))
      table_.numbered_column = columns.front();
    table_.keys.push_back({std::move(name), std::move(columns), is_primary});
  }

  void add_foreign_key(std::vector<std::string> columns) {
    table_.foreign_keys.push_back({.name = take_constraint_name(), .columns = std::move(columns)});
  }

  void take_reference() {
    if (!column_.empty()) add_foreign_key({column_});
    take_name();
    if (at_ < body_.size() && is_symbol(body_[at_], '(')) take_parentheses();
  }

  // SQLite defers a key only where both words stand, anywhere after the reference.
  void defer() {
    if (table_.foreign_keys.empty()) throw not_understood{};
    auto& last = table_.foreign_keys.back();
    last.deferrable = true;
    last.initially_deferred = take_initially();
  }

  bool take_initially() {
    if (!take_word("INITIALLY")) return false;
    if (take_word("DEFERRED")) return true;
    expect_word("IMMEDIATE");
    return false;
  }

  // In a key COLLATE, ASC, DESC and AUTOINCREMENT may follow a column.
  std::vector<std::string> take_columns() {
    std::vector<std::string> columns;
    for (const tokens_view part : split(take_parentheses())) {
      if (part.empty()) throw not_understood{};
      columns.push_back(schema::unquoted(part.front()));
    }
    return columns;
  }

  tokens_view take_parentheses() {
    if (at_ == body_.size() || !is_symbol(body_[at_], '(')) throw not_understood{};
    const std::size_t close = closing(body_, at_);
    if (close == body_.size()) throw not_understood{};
    const tokens_view inside = body_.subspan(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return inside;
  }

  void take_any() {
    if (at_ == body_.size()) throw not_understood{};
    if (is_symbol(body_[at_], '('))
      take_parentheses();
    else
      ++at_;
  }

  std::string take_name() {
    if (at_ == body_.size() || body_[at_].type == schema::sql_token::kind::symbol)
      throw not_understood{};
    return schema::unquoted(body_[at_++]);
  }

  std::string take_constraint_name() { return std::exchange(constraint_name_, {}); }

  bool take_word(std::string_view keyword) {
    const bool found = at_ < body_.size() && is_word(body_[at_], keyword);
    if (found) ++at_;
    return found;
  }

  bool take_symbol(char c) {
    const bool found = at_ < body_.size() && is_symbol(body_[at_], c);
    if (found) ++at_;
    return found;
  }

  void expect_word(std::string_view keyword) {
    if (!take_word(keyword)) throw not_understood{};
  }

  tokens_view body_;
  std::size_t at_ = 0;
  std::string column_;  ///< the column that is being defined; empty in constraints of the table
  std::string constraint_name_;
  create_table table_;
};

tokens_view body_of(tokens_view statement) {
  const auto open =
      std::find_if(statement.begin(), statement.end(),
                   [](const schema::sql_token& token) { return is_symbol(token, '('); });
  const auto at = static_cast<std::size_t>(open - statement.begin());
  const std::size_t close = closing(statement, at);
  if (close == statement.size() || !is_word(statement.front(), "CREATE")) throw not_understood{};
  return statement.subspan(at + 1, close - at - 1);
}

}  // namespace

std::optional<create_table> parse_create_table(std::string_view sql) {
  const auto tokens = tokens_of(sql);
  if (!tokens) return {};
  try {
    return body_parser{body_of(*tokens)}.parse();
  } catch (const not_understood&) {
    return {};
  }
}

}  // namespace nava::inspection
