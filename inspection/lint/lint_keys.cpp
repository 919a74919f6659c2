// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <nava/schema/ascii_case.hpp>
#include <set>

#include "inspection/expression.hpp"
#include "inspection/lint/lint_rules.hpp"

namespace nava::inspection::linting {
namespace {

// The affinity of a column: https://www.sqlite.org/datatype3.html, section 3.1. In a STRICT table
// ANY keeps every value as it is.
std::string_view affinity(std::string type, bool strict) {
  type = schema::in_lower_case(std::move(type));
  const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
  if (strict && type == "any") return "BLOB";
  if (has("int")) return "INTEGER";
  if (has("char") || has("clob") || has("text")) return "TEXT";
  if (type.empty() || has("blob")) return "BLOB";
  if (has("real") || has("floa") || has("doub")) return "REAL";
  return "NUMERIC";
}

const std::string& base_type(const catalog_column& column) {
  return column.base_type.empty() ? column.type : column.base_type;
}

bool same_type(const subject& subject, const catalog_table& table, const catalog_column& column,
               const catalog_table& target_table, const catalog_column& target) {
  if (subject.postgresql()) return base_type(column) == base_type(target);
  return affinity(column.type, table.strict) == affinity(target.type, target_table.strict);
}

// A target that was not read, as far as the key itself tells it.
catalog_table known_target(const catalog_foreign_key& key) {
  catalog_table target;
  for (std::size_t i = 0; i < std::min(key.target_columns.size(), key.target_types.size()); ++i) {
    catalog_column& column = target.columns.emplace_back();
    column.name = key.target_columns[i];
    column.type = key.target_types[i];
  }
  return target;
}

std::string type_text(const catalog_column& column) {
  return column.type.empty() ? "of no type" : column.type;
}

std::vector<std::string> nullable_columns(const catalog_table& table,
                                          const catalog_foreign_key& key) {
  std::vector<std::string> found;
  for (const std::string& name : key.columns)
    if (const catalog_column* column = find_column(table, name); column && column->nullable)
      found.push_back(name);
  return found;
}

bool has_no_default(const catalog_column& column) {
  return column.default_expression.empty() && column.generated.empty();
}

bool is_not_null(const subject& subject, const catalog_table& table, const catalog_column& column) {
  return !column.nullable ||
         std::any_of(table.checks.begin(), table.checks.end(), [&](const catalog_check& check) {
           return detail::compare_expressions(check.expression,
                                              schema::quoted(column.name) + " IS NOT NULL",
                                              subject.database.what) == detail::likeness::same;
         });
}

// The columns that the action would set to NULL although they are NOT NULL.
std::vector<std::string> refused_columns(const subject& subject, const catalog_table& table,
                                         referential_action action,
                                         const std::vector<std::string>& columns) {
  std::vector<std::string> found;
  for (const std::string& name : columns) {
    const catalog_column* column = find_column(table, name);
    if (column == nullptr || !is_not_null(subject, table, *column)) continue;
    const bool becomes_null =
        action == referential_action::set_null ||
        (action == referential_action::set_default && has_no_default(*column));
    if (becomes_null) found.push_back(name);
  }
  return found;
}

std::set<std::pair<std::string, std::string>> column_pairs(const catalog_foreign_key& key) {
  std::set<std::pair<std::string, std::string>> pairs;
  for (std::size_t i = 0; i < std::min(key.columns.size(), key.target_columns.size()); ++i)
    pairs.emplace(key.columns[i], key.target_columns[i]);
  return pairs;
}

bool do_the_same(const catalog_foreign_key& one, const catalog_foreign_key& other) {
  return one.on_delete == other.on_delete && one.on_update == other.on_update &&
         same_names(one.set_columns, other.set_columns) && one.match_full == other.match_full &&
         one.deferrable == other.deferrable && one.initially_deferred == other.initially_deferred;
}

// A key that leads to the same target as `kept`.
struct repetition {
  const edge* repeated = nullptr;
  const catalog_foreign_key* kept = nullptr;
};

// Of keys that lead from the same columns to the same target, the first one stays that is validated
// and enforced; the very first where there is none.
std::vector<repetition> repetitions(const key_graph& keys) {
  using meaning = std::tuple<node, node, std::set<std::pair<std::string, std::string>>>;
  std::map<meaning, std::vector<const edge*>> alike;
  for (const edge& each : keys.edges())
    alike[{each.from, each.to, column_pairs(*each.key)}].push_back(&each);
  std::vector<repetition> found;
  for (const auto& [means, edges] : alike) {
    const auto sound = std::find_if(edges.begin(), edges.end(), [](const edge* each) {
      return each->key->validated && each->key->enforced;
    });
    const edge* const kept = sound == edges.end() ? edges.front() : *sound;
    for (const edge* each : edges)
      if (each != kept) found.push_back({each, kept->key});
  }
  return found;
}

// On SQLite the target of a key is a unique index with the collations of its columns, or the
// primary key where the key names no columns (https://www.sqlite.org/foreignkeys.html, section 3).
bool compares_as_its_table(const catalog_table& table, const catalog_index& index) {
  for (std::size_t i = 0; i < std::min(index.columns.size(), index.collations.size()); ++i) {
    const catalog_column* column = find_column(table, index.columns[i]);
    if (column == nullptr || !schema::are_same_but_for_case(column->collation, index.collations[i]))
      return false;
  }
  return true;
}

enum class target_index { none, of_other_collation, usable };

target_index index_of(const catalog_table& target, const catalog_foreign_key& key) {
  auto found = target_index::none;
  for (const auto& index : target.indexes) {
    const bool is_unique = index.what != catalog_index::kind::index &&
                           index.what != catalog_index::kind::exclusion && index.where.empty();
    if (!is_unique || !same_names(index.columns, key.target_columns)) continue;
    const bool is_meant = !key.names_target && index.what == catalog_index::kind::primary_key;
    if (is_meant || compares_as_its_table(target, index)) return target_index::usable;
    found = target_index::of_other_collation;
  }
  return found;
}

bool has_disabled_trigger(const catalog_table* table) {
  return table != nullptr &&
         std::any_of(table->triggers.begin(), table->triggers.end(),
                     [](const catalog_trigger& trigger) { return !trigger.enabled; });
}

// Empty where the statement would also enable a trigger that was disabled on purpose.
std::string enabling_statement(const edge& each, const catalog_table* target) {
  if (target == nullptr || has_disabled_trigger(each.table) || has_disabled_trigger(target))
    return {};
  std::string statement = fmt::format("ALTER TABLE {} ENABLE TRIGGER ALL;", quoted(*each.table));
  if (each.from != each.to)
    statement += fmt::format(" ALTER TABLE {} ENABLE TRIGGER ALL;", quoted(*target));
  return statement;
}

}  // namespace

std::set<const catalog_foreign_key*> dropped_keys(const key_graph& keys, bool postgresql) {
  std::set<const catalog_foreign_key*> dropped;
  if (!postgresql) return dropped;
  for (const auto& [repeated, kept] : repetitions(keys))
    if (do_the_same(*repeated->key, *kept)) dropped.insert(repeated->key);
  return dropped;
}

void duplicate_foreign_key(const subject& subject, reporter& report) {
  for (const auto& [each, kept] : repetitions(subject.keys))
    report(name_of(*each->table, *each->key),
           fmt::format("{} has the columns and the target of {}; {}", described(*each->key),
                       described(*kept),
                       do_the_same(*each->key, *kept)
                           ? "each write is checked twice"
                           : "each write is checked twice, and they do not do the same"),
           subject.dropped.contains(each->key)
               ? fmt::format("ALTER TABLE {} DROP CONSTRAINT {};", quoted(*each->table),
                             schema::quoted(each->key->name))
               : "");
}

void dangling_foreign_key(const subject& subject, reporter& report) {
  if (subject.postgresql()) return;
  for (const edge& each : subject.keys.edges()) {
    const catalog_table* target = subject.keys.table(each.to);
    if (target == nullptr) {
      report(name_of(*each.table, *each.key),
             fmt::format("there is no table {}; with foreign keys on, every insert fails",
                         target_of(*each.key)));
      continue;
    }
    const auto& columns = each.key->target_columns;
    if (!columns.empty() && columns.size() != each.key->columns.size()) {
      report(name_of(*each.table, *each.key),
             fmt::format("({}) refers to ({}) in {}, which is another number of columns; with "
                         "foreign keys on, every insert fails",
                         joined(each.key->columns, ", "), joined(columns, ", "), name_of(*target)));
      continue;
    }
    const target_index found = index_of(*target, *each.key);
    if (found == target_index::none)
      report(name_of(*each.table, *each.key),
             fmt::format("({}) is no primary key and not unique in {}; with foreign keys on, every "
                         "insert fails",
                         joined(columns, ", "), name_of(*target)));
    if (found == target_index::of_other_collation)
      report(name_of(*each.table, *each.key),
             fmt::format("({}) is unique in {} by another collation than that of the column, which "
                         "a foreign key needs; with foreign keys on, every insert fails",
                         joined(columns, ", "), name_of(*target)));
  }
}

void type_mismatch(const subject& subject, reporter& report) {
  for (const edge& each : subject.keys.edges()) {
    const catalog_table* found = subject.keys.table(each.to);
    const catalog_table known = known_target(*each.key);
    const catalog_table& target = found == nullptr ? known : *found;
    std::vector<std::string> differences;
    for (const auto& [name, target_name] : column_pairs(*each.key)) {
      const catalog_column* column = find_column(*each.table, name);
      const catalog_column* target_column = find_column(target, target_name);
      if (column != nullptr && target_column != nullptr &&
          !same_type(subject, *each.table, *column, target, *target_column))
        differences.push_back(fmt::format("{} is {}, its target {} is {}", name, type_text(*column),
                                          target_name, type_text(*target_column)));
    }
    if (!differences.empty())
      report(name_of(*each.table, *each.key),
             fmt::format("{}; one of them cannot hold or compare what the other can",
                         listed(differences, "; ")));
  }
}

void set_null_on_not_null(const subject& subject, reporter& report) {
  for (const edge& each : subject.keys.edges()) {
    const catalog_foreign_key& key = *each.key;
    const auto& set_by_delete = key.set_columns.empty() ? key.columns : key.set_columns;
    const auto check = [&](std::string_view event, std::string_view verb, referential_action action,
                           const std::vector<std::string>& columns) {
      const auto refused = refused_columns(subject, *each.table, action, columns);
      if (refused.empty()) return false;
      report(name_of(*each.table, key),
             fmt::format("ON {} {}, but {} is NOT NULL{}: the {} of a row in {} that is referred "
                         "to fails",
                         event, to_text(action), listed(refused),
                         action == referential_action::set_default ? " and has no default" : "",
                         verb, target_of(key)));
      return true;
    };
    (void)(check("DELETE", "delete", key.on_delete, set_by_delete) ||
           check("UPDATE", "update", key.on_update, key.columns));
  }
}

void partly_nullable_key(const subject& subject, reporter& report) {
  for (const edge& each : subject.keys.edges()) {
    const auto columns = nullable_columns(*each.table, *each.key);
    if (each.key->columns.size() < 2 || each.key->match_full || columns.empty()) continue;
    // One nullable column says whether there is a reference. Of two, a writer can forget one.
    const bool is_switch = columns.size() == 1;
    report.add(is_switch ? severity::note : severity::warning, name_of(*each.table, *each.key),
               fmt::format("{}: where {} is NULL, the others are not checked{}",
                           described(*each.key), listed(columns, " or "),
                           is_switch ? "" : "; MATCH FULL or a CHECK makes it all or nothing"));
  }
}

void unvalidated_constraint(const subject& subject, reporter& report) {
  constexpr const char* message =
      "rows older than the constraint were never checked, and may break it";
  const auto validation = [](const catalog_table& table, const std::string& name) {
    return fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};", quoted(table),
                       schema::quoted(name));
  };
  for (const auto& table : subject.database.tables) {
    for (const auto& check : table.checks)
      if (!check.validated)
        report(name_of(table, check.name), message, validation(table, check.name));
    for (const auto& key : table.foreign_keys)
      if (!key.validated)
        report(name_of(table, key), message,
               subject.dropped.contains(&key) ? std::string{} : validation(table, key.name));
  }
}

void unenforced_foreign_key(const subject& subject, reporter& report) {
  for (const edge& each : subject.keys.edges())
    if (!each.key->enforced)
      report(name_of(*each.table, *each.key),
             fmt::format("a trigger of {} is disabled, here or on {}: rows are not checked, and "
                         "those written meanwhile never will be",
                         described(*each.key), target_of(*each.key)),
             enabling_statement(each, subject.keys.table(each.to)));
}

}  // namespace nava::inspection::linting
