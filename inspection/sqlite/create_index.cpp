// SPDX-License-Identifier: Apache-2.0
#include "inspection/sqlite/create_index.hpp"

#include <algorithm>

#include "inspection/sqlite/token_reader.hpp"

namespace nava::inspection {
namespace {

// The grammar lets a COLLATE at the end be part of the expression. A pragma tells it too.
std::span<const schema::sql_token> expression_of(std::span<const schema::sql_token> part) {
  if (!part.empty() && (is_word(part.back(), "ASC") || is_word(part.back(), "DESC")))
    part = part.first(part.size() - 1);
  if (part.size() > 2 && is_word(part[part.size() - 2], "COLLATE"))
    part = part.first(part.size() - 2);
  while (part.size() > 2 && is_symbol(part.front(), '(') && closing(part, 0) == part.size() - 1)
    part = part.subspan(1, part.size() - 2);
  return part;
}

}  // namespace

std::optional<create_index> parse_create_index(std::string_view sql) {
  const auto all = tokens_of(sql);
  if (!all) return {};
  const std::span<const schema::sql_token> tokens{*all};
  const auto open = static_cast<std::size_t>(
      std::find_if(tokens.begin(), tokens.end(), [](const auto& t) { return is_symbol(t, '('); }) -
      tokens.begin());
  const std::size_t close = closing(tokens, open);
  if (close == tokens.size()) return {};
  create_index index;
  for (const auto part : split(tokens.subspan(open + 1, close - open - 1)))
    index.columns.push_back(joined(expression_of(part)));
  const auto rest = tokens.subspan(close + 1);
  if (rest.empty()) return index;
  if (!is_word(rest.front(), "WHERE")) return {};
  index.where = joined(rest.subspan(1));
  return index;
}

}  // namespace nava::inspection
