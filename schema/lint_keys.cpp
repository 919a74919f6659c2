// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "schema/lint_rules.hpp"

namespace nava::schema::linting {
namespace {

// What a column makes of a value: https://www.sqlite.org/datatype3.html, section 3.1. ANY is of
// STRICT tables, where it keeps every value as it is.
std::string_view affinity(std::string type, bool strict) {
  std::transform(type.begin(), type.end(), type.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const auto has = [&](std::string_view part) { return type.find(part) != std::string::npos; };
  if (strict && type == "ANY") return "BLOB";
  if (has("INT")) return "INTEGER";
  if (has("CHAR") || has("CLOB") || has("TEXT")) return "TEXT";
  if (type.empty() || has("BLOB")) return "BLOB";
  if (has("REAL") || has("FLOA") || has("DOUB")) return "REAL";
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

// What the key itself says of a target that was not read.
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

std::vector<std::string> not_null_columns(const catalog_table& table,
                                          const catalog_foreign_key& key) {
  std::vector<std::string> found;
  for (const std::string& name : key.columns)
    if (const catalog_column* column = find_column(table, name); column && !column->nullable)
      found.push_back(name);
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
         one.match_full == other.match_full && one.deferrable == other.deferrable &&
         one.initially_deferred == other.initially_deferred;
}

bool is_key(const catalog_index& index, const std::vector<std::string>& columns) {
  return index.what != catalog_index::kind::index && index.what != catalog_index::kind::exclusion &&
         index.where.empty() && same_names(index.columns, columns);
}

bool has_disabled_trigger(const catalog_table* table) {
  return table != nullptr &&
         std::any_of(table->triggers.begin(), table->triggers.end(),
                     [](const catalog_trigger& trigger) { return !trigger.enabled; });
}

// Empty where it would also enable a trigger that somebody disabled on purpose.
std::string enabling_statement(const edge& each, const catalog_table* target) {
  if (target == nullptr || has_disabled_trigger(each.table) || has_disabled_trigger(target))
    return {};
  std::string statement = fmt::format("ALTER TABLE {} ENABLE TRIGGER ALL;", quoted(*each.table));
  if (each.from != each.to)
    statement += fmt::format(" ALTER TABLE {} ENABLE TRIGGER ALL;", quoted(*target));
  return statement;
}

}  // namespace

void duplicate_foreign_key(const subject& subject, reporter& report) {
  using meaning = std::tuple<node, node, std::set<std::pair<std::string, std::string>>>;
  std::map<meaning, const catalog_foreign_key*> seen;
  for (const edge& each : subject.keys.edges()) {
    const auto [first, is_new] =
        seen.try_emplace({each.from, each.to, column_pairs(*each.key)}, each.key);
    if (is_new) continue;
    const catalog_foreign_key& other = *first->second;
    const bool is_droppable = subject.postgresql() && do_the_same(*each.key, other);
    report(name_of(*each.table, *each.key),
           fmt::format("{} leads where {} does; {}", described(*each.key), described(other),
                       do_the_same(*each.key, other)
                           ? "each write is checked twice"
                           : "each write is checked twice, and they do not do the same"),
           is_droppable ? fmt::format("ALTER TABLE {} DROP CONSTRAINT {};", quoted(*each.table),
                                      schema::quoted(each.key->name))
                        : "");
  }
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
             fmt::format("({}) leads to ({}) in {}, which is another number of columns; with "
                         "foreign keys on, every insert fails",
                         joined(each.key->columns, ", "), joined(columns, ", "), name_of(*target)));
      continue;
    }
    const bool found = std::any_of(target->indexes.begin(), target->indexes.end(),
                                   [&](const auto& index) { return is_key(index, columns); });
    if (!found)
      report(name_of(*each.table, *each.key),
             fmt::format("({}) is no primary key and not unique in {}; with foreign keys on, every "
                         "insert fails",
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
    const bool on_delete = each.key->on_delete == referential_action::set_null;
    const bool on_update = each.key->on_update == referential_action::set_null;
    const auto columns = not_null_columns(*each.table, *each.key);
    if ((!on_delete && !on_update) || columns.empty()) continue;
    // ON DELETE may list the columns that it sets (PostgreSQL 15), and the catalog does not say.
    const bool may_list =
        subject.postgresql() && !on_update && columns.size() < each.key->columns.size();
    report.add(
        may_list ? severity::warning : severity::error, name_of(*each.table, *each.key),
        fmt::format("{} SET NULL, but {} is NOT NULL: the {} of a row in {} that is referred "
                    "to fails{}",
                    on_delete ? "ON DELETE" : "ON UPDATE", listed(columns),
                    on_delete ? "delete" : "update", target_of(*each.key),
                    may_list ? ", unless the key lists the columns that it sets" : ""));
  }
}

void partly_nullable_key(const subject& subject, reporter& report) {
  for (const edge& each : subject.keys.edges()) {
    const auto columns = nullable_columns(*each.table, *each.key);
    if (each.key->columns.size() < 2 || each.key->match_full || columns.empty()) continue;
    // One such column says whether there is a reference; of two, one can be forgotten.
    const bool is_switch = columns.size() == 1;
    report.add(is_switch ? severity::note : severity::warning, name_of(*each.table, *each.key),
               fmt::format("{}: where {} is NULL, the others are not checked{}",
                           described(*each.key), listed(columns, " or "),
                           is_switch ? "" : "; MATCH FULL or a CHECK makes it all or nothing"));
  }
}

void unvalidated_constraint(const subject& subject, reporter& report) {
  const auto add = [&](const catalog_table& table, const std::string& name,
                       const std::string& object) {
    report(
        object, "rows older than the constraint were never checked, and may break it",
        fmt::format("ALTER TABLE {} VALIDATE CONSTRAINT {};", quoted(table), schema::quoted(name)));
  };
  for (const auto& table : subject.database.tables) {
    for (const auto& check : table.checks)
      if (!check.validated) add(table, check.name, name_of(table, check.name));
    for (const auto& key : table.foreign_keys)
      if (!key.validated) add(table, key.name, name_of(table, key));
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

}  // namespace nava::schema::linting
