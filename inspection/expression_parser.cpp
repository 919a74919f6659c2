// SPDX-License-Identifier: Apache-2.0
#include "inspection/expression_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace nava::inspection::detail {
namespace {

// Bounds on the parsed condition. No condition that a person writes comes near them.
constexpr int nesting_max = 200;
constexpr std::size_t tokens_max = 10'000;

constexpr std::string_view operator_letters = "+-*/<>=~!@#%^&|?";

struct node {
  std::string head;
  std::vector<node> children{};
};

std::string rendered(const node& tree) {
  if (tree.children.empty()) return tree.head;
  std::string text = fmt::format("({}", tree.head);
  for (const node& child : tree.children) text.append(1, ' ').append(rendered(child));
  return text += ')';
}

bool is_constant(const node& tree) {
  if (!tree.children.empty() || tree.head.empty()) return false;
  const std::string& head = tree.head;
  return head.front() == '\'' || is_digit(head.front()) || head.front() == '-';
}

bool is_text_type(std::string_view type) {
  return type.starts_with("text") || type.starts_with("character varying") ||
         type.starts_with("bpchar");
}

bool is_number_type(std::string_view type) {
  return type == "integer" || type == "bigint" || type == "smallint" || type == "numeric" ||
         type == "double precision" || type == "real";
}

bool is_time_type(std::string_view type) {
  return type.starts_with("time") || type.starts_with("interval");
}

node cast(node value, const std::string& type) {
  const bool has_length = type.find('(') != std::string::npos;
  const bool is_added = is_constant(value) || value.head == "array" || is_text_type(type) ||
                        type == "numeric" || type == "double precision";
  if (has_length || !is_added) return {fmt::format("cast {}", type), {std::move(value)}};
  // PostgreSQL prints -5 as '-5'::integer.
  if (is_number_type(type) && value.head.size() > 2 && value.head.front() == '\'')
    value.head = number_text(value.head.substr(1, value.head.size() - 2)).value_or(value.head);
  return value;
}

node one_of(node value, std::vector<node> values) {
  const auto before = [](const node& a, const node& b) { return rendered(a) < rendered(b); };
  const auto same = [](const node& a, const node& b) { return rendered(a) == rendered(b); };
  std::sort(values.begin(), values.end(), before);
  values.erase(std::unique(values.begin(), values.end(), same), values.end());
  const std::string head = values.size() == 1 ? "=" : "in";
  values.insert(values.begin(), std::move(value));
  return {head, std::move(values)};
}

// Parses by PostgreSQL's precedence. SQLite's differs only for operators that conditions rarely
// mix.
class parser {
 public:
  explicit parser(const std::vector<token>& tokens) : tokens_(tokens) {}

  /// Whether there is a literal of a time, which a server prints by the settings of its session.
  [[nodiscard]] bool has_time() const { return has_time_; }

  std::optional<node> parse() {
    node tree = condition();
    if (failed_ || at_ != tokens_.size()) return std::nullopt;
    return tree;
  }

 private:
  node condition() {
    if (++nesting_ > nesting_max) return fail();
    node tree = chain("or", [this] { return chain("and", [this] { return negation(); }); });
    --nesting_;
    return tree;
  }

  template <class Operand>
  node chain(std::string_view word, Operand operand) {
    node tree{std::string{word}};
    do {
      node part = operand();
      if (part.head == word && !part.children.empty())
        std::move(part.children.begin(), part.children.end(), std::back_inserter(tree.children));
      else
        tree.children.push_back(std::move(part));
    } while (accept(word));
    return tree.children.size() == 1 ? std::move(tree.children.front()) : std::move(tree);
  }

  node negation() {
    bool negated = false;
    while (accept("not")) negated = !negated;
    node tree = comparison();
    return negated ? node{"not", {std::move(tree)}} : std::move(tree);
  }

  node comparison() {
    node left = binary(0);
    while (!failed_) {
      const bool negated = accept("not");
      if (accept("in")) {
        left = opposite(negated, one_of(std::move(left), list("(", ")")));
      } else if (accept("between")) {
        left = between(std::move(left), negated);
      } else if (accept("like")) {
        left = {negated ? "!~~" : "~~", {std::move(left), binary(0)}};
      } else if (negated) {
        return fail();
      } else if (accept("is")) {
        left = test(std::move(left));
      } else if (const std::string sign = comparison_sign(); !sign.empty()) {
        left = compared(std::move(left), sign);
      } else {
        break;
      }
    }
    return left;
  }

  // As PostgreSQL prints the negation. A NOT that was written before a comparison stays a NOT.
  static node opposite(bool negated, node tree) {
    if (!negated) return tree;
    if (tree.head != "=") return {"not", {std::move(tree)}};
    tree.head = "<>";
    return tree;
  }

  node between(node value, bool negated) {
    node low = binary(0);
    if (!accept("and")) return fail();
    node high = binary(0);
    return {negated ? "or" : "and",
            {{negated ? "<" : ">=", {value, std::move(low)}},
             {negated ? ">" : "<=", {value, std::move(high)}}}};
  }

  node test(node value) {
    const bool negated = accept("not");
    if (accept("distinct")) {
      if (!accept("from")) return fail();
      return opposite(negated, {"is distinct from", {std::move(value), binary(0)}});
    }
    std::string head = negated ? "is not" : "is";
    for (const std::string_view word : {"null", "true", "false", "unknown"})
      if (accept(word)) return {head.append(1, ' ').append(word), {std::move(value)}};
    return fail();
  }

  std::string comparison_sign() {
    for (const std::string_view sign : {"=", "<>", "!=", "<", ">", "<=", ">="})
      if (accept(sign)) return std::string{sign == "!=" ? "<>" : sign};
    return {};
  }

  node compared(node left, const std::string& sign) {
    const bool any = accept("any");
    const bool all = !any && accept("all");
    node right = binary(0);
    const bool is_array = right.head == "array" && !right.children.empty();
    if (is_array && ((any && sign == "=") || (all && sign == "<>")))
      return opposite(all, one_of(std::move(left), std::move(right.children)));
    return {fmt::format("{}{}", sign,
                        any   ? " any"
                        : all ? " all"
                              : ""),
            {std::move(left), std::move(right)}};
  }

  // Operators by the strength of their binding. Those in no list bind least.
  node binary(std::size_t strength) {
    constexpr std::string_view stronger[] = {"+ -", "* / %", "^"};
    if (strength > std::size(stronger)) return unary();
    node left = binary(strength + 1);
    for (;;) {
      if (at_ == tokens_.size() || tokens_[at_].type != token::kind::symbol) return left;
      const std::string sign = tokens_[at_].text;
      if (operator_letters.find(sign.front()) == std::string_view::npos || is_comparison(sign))
        return left;
      std::size_t binds = 0;
      for (std::size_t i = 0; i < std::size(stronger); ++i)
        if (sign.size() == 1 && stronger[i].find(sign) != std::string_view::npos) binds = i + 1;
      if (binds != strength) return left;
      ++at_;
      left = {sign, {std::move(left), binary(strength + 1)}};
    }
  }

  static bool is_comparison(std::string_view sign) {
    return sign == "=" || sign == "<>" || sign == "!=" || sign == "<" || sign == ">" ||
           sign == "<=" || sign == ">=";
  }

  node unary() {
    bool negative = false;
    while (accept("-")) negative = !negative;
    node value = primary();
    while (!failed_ && accept("::")) {
      const std::string to = type();
      has_time_ = has_time_ || (is_constant(value) && is_time_type(to));
      value = cast(std::move(value), to);
    }
    if (!negative) return value;
    if (is_constant(value) && is_digit(value.head.front())) {
      value.head.insert(0, 1, '-');
      return value;
    }
    return {"-", {std::move(value)}};
  }

  node primary() {
    if (accept("(")) {
      node tree = condition();
      return accept(")") ? std::move(tree) : fail();
    }
    if (at_ == tokens_.size()) return fail();
    const token& first = tokens_[at_++];
    if (first.type == token::kind::symbol) return fail();
    if (first.type == token::kind::number || first.type == token::kind::literal)
      return {first.text};
    if (first.type == token::kind::word) {
      if (is_reserved(first.text)) return fail();
      if (first.text == "array") return {"array", list("[", "]")};
    }
    return name(first);
  }

  // Words that begin or join constructs which the parser does not know, and would pass for names.
  static bool is_reserved(std::string_view word) {
    constexpr std::string_view words[] = {"case", "cast", "select", "exists", "and", "or",
                                          "any",  "all",  "in",     "is",     "like"};
    return std::find(std::begin(words), std::end(words), word) != std::end(words);
  }

  node name(const token& first) {
    std::string text = first.text;
    while (!failed_ && accept(".")) {
      if (at_ == tokens_.size()) return fail();
      text.append(1, '.').append(tokens_[at_++].text);
    }
    if (at_ != tokens_.size() && is_symbol("("))
      return {fmt::format("call {}", text), list("(", ")")};
    return {std::move(text)};
  }

  std::vector<node> list(std::string_view begin, std::string_view end) {
    std::vector<node> values;
    if (!accept(begin)) fail();
    if (failed_ || accept(end)) return values;
    do values.push_back(condition());
    while (!failed_ && accept(","));
    if (!accept(end)) fail();
    return values;
  }

  std::string type() {
    std::string text;
    constexpr std::string_view further[] = {"precision", "varying", "with",
                                            "without",   "time",    "zone"};
    while (at_ != tokens_.size() && tokens_[at_].type != token::kind::symbol &&
           (text.empty() || std::find(std::begin(further), std::end(further), tokens_[at_].text) !=
                                std::end(further)))
      text.append(text.empty() ? "" : " ").append(tokens_[at_++].text);
    if (text.empty()) fail();
    if (accept("(")) {
      text += '(';
      while (at_ != tokens_.size() && !is_symbol(")")) text += tokens_[at_++].text;
      text += accept(")") ? ")" : fail().head;
    }
    if (accept("[")) text += accept("]") ? "[]" : fail().head;
    return text;
  }

  [[nodiscard]] bool is_symbol(std::string_view text) const {
    return tokens_[at_].type == token::kind::symbol && tokens_[at_].text == text;
  }

  bool accept(std::string_view text) {
    if (at_ == tokens_.size()) return false;
    const token& next = tokens_[at_];
    if ((next.type != token::kind::word && next.type != token::kind::symbol) || next.text != text)
      return false;
    ++at_;
    return true;
  }

  node fail() {
    failed_ = true;
    at_ = tokens_.size();
    return {"?"};
  }

  const std::vector<token>& tokens_;
  std::size_t at_ = 0;
  int nesting_ = 0;
  bool failed_ = false;
  bool has_time_ = false;
};

}  // namespace

std::optional<canonical_text> canonical(const std::vector<token>& tokens) {
  if (tokens.size() > tokens_max) return std::nullopt;
  parser reading{tokens};
  const auto tree = reading.parse();
  if (!tree) return std::nullopt;
  return canonical_text{rendered(*tree), reading.has_time()};
}

}  // namespace nava::inspection::detail
