// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/inspection/lint.hpp>
#include <set>

#include "inspection/lint/lint_graph.hpp"

/// The rules of lint(), one function each, and the texts that several of them share.
namespace nava::inspection::linting {

/// The input of the rules.
struct subject {
  const catalog& database;
  const lint_options& options;
  const key_graph& keys;
  /// The keys that a statement of duplicate-foreign-key drops. No later statement may name them.
  std::set<const catalog_foreign_key*> dropped{};

  [[nodiscard]] bool postgresql() const { return database.what == dialect::postgresql; }
};

/// Takes the findings of one rule.
class reporter {
 public:
  reporter(const lint_rule& rule, std::vector<finding>& findings)
      : rule_(rule), findings_(findings) {}

  void operator()(std::string object, std::string message, std::string statement = {}) {
    add(rule_.how_bad, std::move(object), std::move(message), std::move(statement));
  }
  void add(severity level, std::string object, std::string message, std::string statement = {}) {
    findings_.push_back({std::string{rule_.id}, std::move(object), std::move(message),
                         std::move(statement), level});
  }

 private:
  const lint_rule& rule_;
  std::vector<finding>& findings_;
};

using rule_function = void(const subject&, reporter&);

rule_function several_foreign_keys, mutual_foreign_keys, self_reference, several_paths,
    two_cascade_ways, foreign_key_cycle;  // lint_paths.cpp
rule_function duplicate_foreign_key, dangling_foreign_key, type_mismatch, set_null_on_not_null,
    partly_nullable_key, unenforced_foreign_key, unvalidated_constraint;  // lint_keys.cpp
rule_function foreign_key_without_index, invalid_index;                   // lint_indexes.cpp
rule_function shared_constraint_name, constraint_name_convention;         // lint_names.cpp

/// The keys that duplicate-foreign-key drops, which are all but one of each group.
[[nodiscard]] std::set<const catalog_foreign_key*> dropped_keys(const key_graph& keys,
                                                                bool postgresql);

/// The catalog with all names of a table and of a column spelled alike. SQLite takes names in any
/// case. It also lets a key leave out its target columns, which are then those of the primary key.
[[nodiscard]] catalog spelled_alike(const catalog& database);

/// The most names that a message lists. It counts the others.
inline constexpr std::size_t listed_max = 6;

/// `a, b and 3 more`
[[nodiscard]] std::string listed(const std::vector<std::string>& items,
                                 std::string_view separator = ", ");
/// `a, b`
[[nodiscard]] std::string joined(const std::vector<std::string>& items, std::string_view separator);
/// `schema.table`
[[nodiscard]] std::string name_of(const catalog_table& table);
/// `schema.table.name`
[[nodiscard]] std::string name_of(const catalog_table& table, std::string_view part);
/// `schema.table.constraint`; where the constraint has no name, `schema.table.(a, b)`.
[[nodiscard]] std::string name_of(const catalog_table& table, const catalog_foreign_key& key);
/// `constraint (a, b)`
[[nodiscard]] std::string described(const catalog_foreign_key& key);
/// `schema.table` of the target of the key.
[[nodiscard]] std::string target_of(const catalog_foreign_key& key);
/// `"schema"."table"`, as a statement of PostgreSQL has it.
[[nodiscard]] std::string quoted(const catalog_table& table);

[[nodiscard]] const catalog_column* find_column(const catalog_table& table, std::string_view name);
[[nodiscard]] bool same_names(std::vector<std::string> one, std::vector<std::string> other);

}  // namespace nava::inspection::linting
