// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/export.hpp>
#include <nava/inspection/catalog.hpp>
#include <nava/inspection/finding.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace nava::inspection {

/// Options of lint().
struct lint_options {
  /// The patterns of names that foreign keys may have. `{table}` and `{columns}` (joined by `_`)
  /// are filled in. The second pattern is PostgreSQL's own. Empty: any name will do.
  std::vector<std::string> foreign_key_names{"fk_{table}_{columns}", "{table}_{columns}_fkey"};
  std::size_t path_keys_max = 3;     ///< the most foreign keys of a way between two tables
  std::size_t findings_max = 100;    ///< the most findings of each rule
  std::vector<std::string> rules{};  ///< the ids of the rules to apply; empty: all
};

/// A rule of lint().
struct lint_rule {
  std::string_view id;       ///< as in finding::rule and lint_options::rules
  severity how_bad{};        ///< the usual severity of its findings
  std::string_view summary;  ///< the fault in a phrase for people, without a full stop
};

/// Returns every rule of lint(), in the order of its findings. docs/lint.md has a chapter for each.
/// The span refers to static storage. Thread-safe.
[[nodiscard]] NAVA_EXPORT std::span<const lint_rule> lint_rules();

/// Looks for faults in the design of any schema, Nava's or not. The ways that it follows from a
/// table and between two tables are bounded. The time therefore grows at most with the pairs of
/// tables: it takes seconds for hundreds of tables that all refer to one another.
///
/// Returns the findings by rule, then by object, each object once for a rule; empty where there are
/// none. Of more than `findings_max` findings of a rule it returns the worst, and a note with the
/// object `(more)` that counts the others. The order of tables in the catalog does not matter. A
/// finding may have another severity than is usual for its rule. Pure; safe to call from any
/// thread.
[[nodiscard]] NAVA_EXPORT std::vector<finding> lint(const catalog& database,
                                                    const lint_options& options = {});

}  // namespace nava::inspection
