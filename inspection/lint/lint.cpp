// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include "inspection/lint/lint_rules.hpp"

namespace nava::inspection {
namespace {

struct rule_with_function {
  lint_rule rule;
  linting::rule_function* apply;
};

// The order of the findings, whose statements run from the first to the last. A rule that drops a
// key therefore comes before all others that alter keys, and the rule that renames keys comes last.
constexpr std::array known_rules{
    rule_with_function{
        {"several-foreign-keys", severity::warning, "a table has several foreign keys to another"},
        linting::several_foreign_keys},
    rule_with_function{{"mutual-foreign-keys", severity::warning, "two tables refer to each other"},
                       linting::mutual_foreign_keys},
    rule_with_function{{"self-reference", severity::note, "a foreign key refers to its own table"},
                       linting::self_reference},
    rule_with_function{{"several-paths", severity::note,
                        "several paths of foreign keys join one table to another"},
                       linting::several_paths},
    rule_with_function{{"duplicate-foreign-key", severity::warning,
                        "two foreign keys have the same columns and the same target"},
                       linting::duplicate_foreign_key},
    rule_with_function{{"dangling-foreign-key", severity::error,
                        "a foreign key refers to no key of a table (SQLite)"},
                       linting::dangling_foreign_key},
    rule_with_function{{"foreign-key-without-index", severity::warning,
                        "no index begins with the columns of a foreign key"},
                       linting::foreign_key_without_index},
    rule_with_function{
        {"invalid-index", severity::error, "an index is invalid, so that no query uses it"},
        linting::invalid_index},
    rule_with_function{
        {"shared-constraint-name", severity::warning, "constraints of one schema share a name"},
        linting::shared_constraint_name},
    rule_with_function{{"type-mismatch", severity::warning,
                        "a column of a foreign key has another type than its target"},
                       linting::type_mismatch},
    rule_with_function{{"set-null-on-not-null", severity::error,
                        "a foreign key would set a NOT NULL column to NULL"},
                       linting::set_null_on_not_null},
    rule_with_function{{"partly-nullable-key", severity::warning,
                        "a foreign key is not checked when a part of it is NULL"},
                       linting::partly_nullable_key},
    rule_with_function{
        {"two-cascade-ways", severity::warning, "a delete reaches a table by several cascades"},
        linting::two_cascade_ways},
    rule_with_function{{"foreign-key-cycle", severity::error, "foreign keys form a cycle"},
                       linting::foreign_key_cycle},
    rule_with_function{{"unenforced-foreign-key", severity::error,
                        "the triggers that check a foreign key are disabled"},
                       linting::unenforced_foreign_key},
    rule_with_function{{"unvalidated-constraint", severity::warning,
                        "older rows were never checked against a constraint"},
                       linting::unvalidated_constraint},
    rule_with_function{{"constraint-name-convention", severity::warning,
                        "the name of a foreign key follows no convention"},
                       linting::constraint_name_convention}};

constexpr auto public_rules = [] {
  std::array<lint_rule, known_rules.size()> rules{};
  for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = known_rules[i].rule;
  return rules;
}();

// Keys without a name may have the same object. One finding stands for them.
void order(std::vector<finding>& findings) {
  std::stable_sort(findings.begin(), findings.end(),
                   [](const finding& a, const finding& b) { return a.object < b.object; });
  const auto same = [](const finding& a, const finding& b) { return a.object == b.object; };
  findings.erase(std::unique(findings.begin(), findings.end(), same), findings.end());
}

void bound(std::vector<finding>& findings, const lint_rule& rule, std::size_t findings_max) {
  if (findings.size() <= findings_max) return;
  const std::size_t left_out = findings.size() - findings_max;
  std::stable_sort(findings.begin(), findings.end(),
                   [](const finding& a, const finding& b) { return a.how_bad > b.how_bad; });
  findings.erase(findings.begin() + static_cast<std::ptrdiff_t>(findings_max), findings.end());
  order(findings);
  findings.push_back({std::string{rule.id}, "(more)",
                      fmt::format("{} more findings of this rule are not listed", left_out), "",
                      severity::note});
}

bool is_applied(const lint_rule& rule, const std::vector<std::string>& wanted) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), rule.id) != wanted.end();
}

}  // namespace

std::span<const lint_rule> lint_rules() { return public_rules; }

std::vector<finding> lint(const catalog& database, const lint_options& options) {
  catalog alike = linting::spelled_alike(database);
  // In the order of bytes: that of a database depends on its collation, and the findings must not.
  std::sort(alike.tables.begin(), alike.tables.end(),
            [](const catalog_table& a, const catalog_table& b) {
              return std::tie(a.schema, a.name) < std::tie(b.schema, b.name);
            });
  const linting::key_graph keys{alike};
  const linting::subject subject{alike, options, keys,
                                 linting::dropped_keys(keys, alike.what == dialect::postgresql)};
  std::vector<finding> all;
  for (const auto& known : known_rules) {
    if (!is_applied(known.rule, options.rules)) continue;
    std::vector<finding> findings;
    linting::reporter report{known.rule, findings};
    known.apply(subject, report);
    order(findings);
    bound(findings, known.rule, options.findings_max);
    std::move(findings.begin(), findings.end(), std::back_inserter(all));
  }
  return all;
}

}  // namespace nava::inspection
