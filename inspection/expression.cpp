// SPDX-License-Identifier: Apache-2.0
#include "inspection/expression.hpp"

#include <algorithm>
#include <nava/schema/ascii_case.hpp>

#include "inspection/expression_parser.hpp"

namespace nava::inspection::detail {

likeness compare_expressions(std::string_view one, std::string_view other,
                             schema::dialect dialect) {
  const std::vector<token> tokens = tokens_of(one, dialect);
  const std::vector<token> others = tokens_of(other, dialect);
  if (std::equal(tokens.begin(), tokens.end(), others.begin(), others.end(),
                 [](const token& a, const token& b) { return a.text == b.text; }))
    return likeness::same;
  if (tokens.empty() || others.empty()) return likeness::different;
  const auto tree = canonical(tokens);
  const auto other_tree = canonical(others);
  if (!tree || !other_tree) return likeness::unknown;
  if (tree->text == other_tree->text) return likeness::same;
  return tree->has_time || other_tree->has_time ? likeness::unknown : likeness::different;
}

bool mentions(std::string_view sql, std::string_view name, schema::dialect dialect) {
  const std::vector<token> tokens = tokens_of(sql, dialect);
  return std::any_of(tokens.begin(), tokens.end(), [&](const token& each) {
    return (each.type == token::kind::identifier || each.type == token::kind::word) &&
           (dialect == schema::dialect::sqlite ? schema::are_same_but_for_case(each.text, name)
                                               : each.text == name);
  });
}

}  // namespace nava::inspection::detail
