// SPDX-License-Identifier: Apache-2.0
#include "inspection/expression.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "inspection/sqlite_names.hpp"

namespace nava::inspection::detail {
namespace {

// Of what is parsed; no condition that people write comes near.
constexpr int nesting_max = 200;
constexpr std::size_t tokens_max = 10'000;
// No database has a number that large; also keeps the arithmetic in int.
constexpr int power_max = 1'000'000;

constexpr std::string_view space = " \t\r\n\f\v";
constexpr std::string_view operator_letters = "+-*/<>=~!@#%^&|?";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
std::string in_lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}
bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || is_digit(c) ||
         static_cast<unsigned char>(c) >= 0x80;
}

// One text for each value, `12e2` for 1.2E+3: the digits without zeros around them, and a power of
// ten. Nothing for what is no decimal number.
std::optional<std::string> number_text(std::string_view written) {
  const bool negative = written.starts_with('-');
  written.remove_prefix(negative ? 1 : 0);
  const std::size_t end = std::min(written.find_first_of("eE"), written.size());
  int power = 0;
  if (end < written.size()) {
    std::string_view digits = written.substr(end + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), power);
    if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) return std::nullopt;
    if (power < -power_max || power > power_max) return std::nullopt;
  }
  std::string digits{written.substr(0, end)};
  if (const std::size_t point = digits.find('.'); point != std::string::npos) {
    power -= static_cast<int>(digits.size() - point - 1);
    digits.erase(point, 1);
  }
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), is_digit)) return std::nullopt;
  digits.erase(0, digits.find_first_not_of('0'));
  if (digits.empty()) return "0";
  const std::size_t last = digits.find_last_not_of('0') + 1;
  power += static_cast<int>(digits.size() - last);
  digits.resize(last);
  return fmt::format("{}{}{}", negative ? "-" : "", digits,
                     power == 0 ? "" : fmt::format("e{}", power));
}

struct token {
  enum class kind { word, identifier, number, literal, symbol };
  kind what{};
  std::string text;  // of a word in lower case; of an identifier without its quotes
};

class scanner {
 public:
  scanner(std::string_view sql, schema::dialect dialect)
      : left_(sql), names_have_case_(dialect != schema::dialect::sqlite) {}

  std::vector<token> all() {
    std::vector<token> tokens;
    while (skip_blanks()) tokens.push_back(next());
    return tokens;
  }

 private:
  // False at the end.
  bool skip_blanks() {
    for (;;) {
      left_.remove_prefix(std::min(left_.find_first_not_of(space), left_.size()));
      if (left_.starts_with("--"))
        skip_past("\n");
      else if (left_.starts_with("/*"))
        skip_past("*/");
      else
        return !left_.empty();
    }
  }

  void skip_past(std::string_view end) {
    const std::size_t found = left_.find(end);
    left_.remove_prefix(found == std::string_view::npos ? left_.size() : found + end.size());
  }

  token next() {
    const char first = left_.front();
    if (first == '"') {
      std::string name = within('"');
      return {token::kind::identifier, names_have_case_ ? std::move(name) : in_lower_case(name)};
    }
    if (first == '\'') return {token::kind::literal, fmt::format("'{}'", within('\''))};
    if (is_digit(first)) return {token::kind::number, number()};
    if (is_word_letter(first)) return {token::kind::word, word()};
    if (left_.starts_with("::")) return {token::kind::symbol, take(2)};
    return {token::kind::symbol, take(std::max<std::size_t>(operator_length(), 1))};
  }

  // As PostgreSQL reads them: `=-` is two operators, `@-` is one.
  [[nodiscard]] std::size_t operator_length() const {
    std::size_t length = std::min(left_.find_first_not_of(operator_letters), left_.size());
    if (left_.substr(0, length).find_first_of("~!@#%^&|?") != std::string_view::npos) return length;
    while (length > 1 && (left_[length - 1] == '-' || left_[length - 1] == '+')) --length;
    return length;
  }

  std::string take(std::size_t count) {
    std::string text{left_.substr(0, count)};
    left_.remove_prefix(count);
    return text;
  }

  std::string within(char quote) {
    std::string text;
    std::size_t at = 1;
    for (; at < left_.size(); ++at) {
      if (left_[at] == quote && (++at == left_.size() || left_[at] != quote)) break;
      text += left_[at];
    }
    left_.remove_prefix(std::min(at, left_.size()));
    return text;
  }

  std::string number() {
    const auto at = [this](std::size_t place) {
      return place < left_.size() ? left_[place] : '\0';
    };
    std::size_t count = 0;
    while (is_digit(at(count)) || at(count) == '.') ++count;
    if (at(count) == 'e' || at(count) == 'E') {
      const std::size_t digits = count + (at(count + 1) == '+' || at(count + 1) == '-' ? 2 : 1);
      std::size_t end = digits;
      while (is_digit(at(end))) ++end;
      if (end > digits) count = end;
    }
    std::string text = take(count);
    return number_text(text).value_or(text);
  }

  std::string word() {
    std::size_t count = 0;
    while (count < left_.size() && is_word_letter(left_[count])) ++count;
    return in_lower_case(take(count));
  }

  std::string_view left_;
  bool names_have_case_;
};

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

// By PostgreSQL's precedence, which SQLite shares but for operators that conditions rarely mix.
class parser {
 public:
  explicit parser(const std::vector<token>& tokens) : tokens_(tokens) {}

  /// Whether there is a literal of a time, which a server writes as it pleases.
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

  // As PostgreSQL prints it; a NOT that somebody wrote before a comparison stays one.
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

  // Operators by how strongly they bind; those in no list bind least.
  node binary(std::size_t strength) {
    constexpr std::string_view stronger[] = {"+ -", "* / %", "^"};
    if (strength > std::size(stronger)) return unary();
    node left = binary(strength + 1);
    for (;;) {
      if (at_ == tokens_.size() || tokens_[at_].what != token::kind::symbol) return left;
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
    if (first.what == token::kind::symbol) return fail();
    if (first.what == token::kind::number || first.what == token::kind::literal)
      return {first.text};
    if (first.what == token::kind::word) {
      if (is_reserved(first.text)) return fail();
      if (first.text == "array") return {"array", list("[", "]")};
    }
    return name(first);
  }

  // Words that begin or join what this does not read, and would pass for names.
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
    while (at_ != tokens_.size() && tokens_[at_].what != token::kind::symbol &&
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
    return tokens_[at_].what == token::kind::symbol && tokens_[at_].text == text;
  }

  bool accept(std::string_view text) {
    if (at_ == tokens_.size()) return false;
    const token& next = tokens_[at_];
    if ((next.what != token::kind::word && next.what != token::kind::symbol) || next.text != text)
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

struct canonical_text {
  std::string text;
  bool has_time = false;
};

std::optional<canonical_text> canonical(const std::vector<token>& tokens) {
  if (tokens.size() > tokens_max) return std::nullopt;
  parser reading{tokens};
  const auto tree = reading.parse();
  if (!tree) return std::nullopt;
  return canonical_text{rendered(*tree), reading.has_time()};
}

}  // namespace

likeness compare_expressions(std::string_view one, std::string_view other, schema::dialect dialect) {
  const std::vector<token> words = scanner{one, dialect}.all();
  const std::vector<token> others = scanner{other, dialect}.all();
  if (std::equal(words.begin(), words.end(), others.begin(), others.end(),
                 [](const token& a, const token& b) { return a.text == b.text; }))
    return likeness::same;
  if (words.empty() || others.empty()) return likeness::different;
  const auto tree = canonical(words);
  const auto other_tree = canonical(others);
  if (!tree || !other_tree) return likeness::unknown;
  if (tree->text == other_tree->text) return likeness::same;
  return tree->has_time || other_tree->has_time ? likeness::unknown : likeness::different;
}

bool mentions(std::string_view sql, std::string_view name, schema::dialect dialect) {
  const std::vector<token> tokens = scanner{sql, dialect}.all();
  return std::any_of(tokens.begin(), tokens.end(), [&](const token& each) {
    return (each.what == token::kind::identifier || each.what == token::kind::word) &&
           (dialect == schema::dialect::sqlite ? same_on_sqlite(each.text, name) : each.text == name);
  });
}

}  // namespace nava::inspection::detail
