// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/catalog.hpp>
#include <nava/inspection/finding.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

struct lint_options {
  /// Foreign keys may be called after any of these; `{table}` and `{columns}` (joined by `_`) are
  /// filled in. The second is PostgreSQL's own. Empty: any name will do.
  std::vector<std::string> foreign_key_names{"fk_{table}_{columns}", "{table}_{columns}_fkey"};
  std::size_t path_keys_max = 3;     ///< foreign keys of a way from one table to another
  std::size_t findings_max = 100;    ///< of each rule; a note tells how many more there are
  std::vector<std::string> rules{};  ///< that are applied, by id; empty: all
};

struct lint_rule {
  std::string_view id;
  severity how_bad{};  ///< that its findings usually are
  std::string_view summary;
};

/// Every rule that lint() knows, in the order of its findings; docs/lint.md has a chapter for each.
[[nodiscard]] std::span<const lint_rule> lint_rules();

/// What in a schema will hurt one day, whoever made it: by rule, then by object, each object once
/// for a rule. Of more than `findings_max` the worst are given, and after them a note with the
/// object `(more)`. The same catalog gives the same findings, in whatever order its tables stand.
/// How bad a finding is may differ from what is usual for its rule. Pure. The ways that it follows
/// from a table, and those to each other table, are bounded; so the time grows at most with the
/// pairs of tables, which is seconds for hundreds of tables that all lead to one another.
[[nodiscard]] std::vector<finding> lint(const catalog& database, const lint_options& options = {});

}  // namespace nava::inspection
