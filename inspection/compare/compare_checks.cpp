// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nava/schema/expression_rules.hpp>

#include "inspection/compare/comparing.hpp"
#include "inspection/expression.hpp"
#include "schema/ddl_parts.hpp"

namespace nava::inspection::detail {
namespace {

using check_list = std::vector<const catalog_check*>;

likeness compare_conditions(const compared_table& table, const catalog_check& live,
                            const check_description& described) {
  return compare_expressions(live.expression, described.expression, table.whole.live.what);
}

// Takes from `unmatched` the check of that name; else one with the same condition whose name no
// described check has.
const catalog_check* take_match(const compared_table& table, check_list& unmatched,
                                const check_description& described,
                                const std::vector<check_description>& all) {
  const auto is_wanted = [&](const catalog_check* live) { return live->name == described.name; };
  auto found = std::find_if(unmatched.begin(), unmatched.end(), is_wanted);
  if (found == unmatched.end())
    found = std::find_if(unmatched.begin(), unmatched.end(), [&](const catalog_check* live) {
      return compare_conditions(table, *live, described) == likeness::same &&
             std::none_of(all.begin(), all.end(),
                          [&](const check_description& other) { return other.name == live->name; });
    });
  if (found == unmatched.end()) return nullptr;
  const catalog_check* const match = *found;
  unmatched.erase(found);
  return match;
}

void compare_condition(const compared_table& table, const check_description& described,
                       const catalog_check& live) {
  if (live.expression == unread_expression)
    return table.report("not-read", described.name,
                        "what the CHECK says could not be read while another session locks the "
                        "table",
                        {}, severity::note);
  const likeness alike = compare_conditions(table, live, described);
  if (alike == likeness::unknown)
    table.report("not-read", described.name,
                 fmt::format("the CHECK is {}, described as {}: these cannot be compared",
                             live.expression, described.expression),
                 {}, severity::note);
  else if (alike == likeness::different)
    table.report(
        "check-expression", described.name,
        fmt::format("the CHECK is {}, described as {}", live.expression, described.expression),
        table.alter(table.adding(described.name, check_line(described),
                                 fmt::format("DROP CONSTRAINT {}, ", quoted(described.name)))));
}

void compare_check(const compared_table& table, const check_description& described,
                   const catalog_check& live) {
  if (live.name != described.name)
    table.report("check-name", described.name,
                 live.name.empty() ? "the CHECK has no name"
                                   : fmt::format("the CHECK is called {}", live.name),
                 table.alter({fmt::format("RENAME CONSTRAINT {} TO {}", quoted(live.name),
                                          quoted(described.name))}));
  compare_condition(table, described, live);
  if (!live.validated)
    table.report("check-not-validated", described.name,
                 "rows that were there before the CHECK have not been held to it",
                 table.alter({fmt::format("VALIDATE CONSTRAINT {}", quoted(described.name))}));
}

// The columns that the check is about.
std::vector<std::string_view> columns_of(const compared_table& table,
                                         const check_description& described) {
  std::vector<std::string_view> columns;
  for (const auto& column : table.described.columns)
    if (described.column.empty() ? rules::names_column(described.expression, column.name)
                                 : column.name == described.column)
      columns.push_back(column.name);
  return columns;
}

bool goes_with_a_column(const compared_table& table, const catalog_check& live) {
  return std::any_of(table.live.columns.begin(), table.live.columns.end(),
                     [&](const catalog_column& column) {
                       return table.is_extra(column.name) &&
                              mentions(live.expression, column.name, table.whole.live.what);
                     });
}

}  // namespace

void compare_checks(const compared_table& table) {
  check_list unmatched;
  for (const auto& live : table.live.checks) unmatched.push_back(&live);
  const auto checks = checks_of(table.described, table.whole.live.what);
  for (const auto& described : checks) {
    if (const catalog_check* const live = take_match(table, unmatched, described, checks)) {
      compare_check(table, described, *live);
      continue;
    }
    mending mends = table.alter(table.adding(described.name, check_line(described)));
    if (!table.whole.owe({{table.described.name, columns_of(table, described)}}, mends.statement))
      table.report("missing-check", described.name,
                   fmt::format("the CHECK ({}) is missing", described.expression),
                   std::move(mends));
  }
  for (const catalog_check* const live : unmatched)
    if (!goes_with_a_column(table, *live))
      table.report(
          "extra-check", live->name.empty() ? live->expression : live->name,
          fmt::format("the CHECK ({}) is not described and refuses rows", live->expression),
          table.alter({fmt::format("DROP CONSTRAINT {}", quoted(live->name))}));
}

}  // namespace nava::inspection::detail
