// SPDX-License-Identifier: Apache-2.0
#include "inspection/expression_tokens.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nava/schema/ascii_case.hpp>
#include <nava/schema/sql_tokens.hpp>

namespace nava::inspection::detail {
namespace {

// No database has a number that large. The bound also keeps the arithmetic in int.
constexpr int power_max = 1'000'000;

token spelled_alike(const schema::sql_token& written, bool names_have_case) {
  using kind = schema::sql_token::kind;
  std::string source{written.source};
  switch (written.type) {
    case kind::word:
      return {token::kind::word, schema::in_lower_case(std::move(source))};
    case kind::identifier:
      source = schema::unquoted(written);
      return {token::kind::identifier,
              names_have_case ? std::move(source) : schema::in_lower_case(std::move(source))};
    case kind::number:
      source = schema::in_lower_case(std::move(source));
      // `1e` and `0x1F` are no numbers to the parser, which then does not read the condition.
      if (auto value = number_text(source)) return {token::kind::number, *std::move(value)};
      return {token::kind::symbol, std::move(source)};
    case kind::text:
      return {token::kind::literal, fmt::format("'{}'", schema::unquoted(written))};
    default:
      return {token::kind::symbol, std::move(source)};
  }
}

}  // namespace

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

std::vector<token> tokens_of(std::string_view sql, schema::dialect dialect) {
  const bool is_sqlite = dialect == schema::dialect::sqlite;
  const auto quotes = is_sqlite ? schema::sql_quotes::sqlite : schema::sql_quotes::standard;
  std::vector<token> tokens;
  for (auto next = take_token(sql, quotes); next.type != schema::sql_token::kind::end;
       next = take_token(sql, quotes))
    tokens.push_back(spelled_alike(next, !is_sqlite));
  return tokens;
}

}  // namespace nava::inspection::detail
