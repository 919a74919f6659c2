// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/culprits.hpp>
#include <nava/schema/description.hpp>
#include <vector>

/// The searches for broken rules of names. Each returns the first offender in the order of
/// declaration; refusals.hpp has the class that says what to write. Pure functions; safe to call
/// from any thread.
namespace nava::schema::rules {

/// In bytes. PostgreSQL truncates longer names without an error (NAMEDATALEN - 1).
inline constexpr std::size_t identifier_bytes_max = 63;

/// Whether the column has a CHECK constraint in some dialect, `ck_{table}_{column}`.
constexpr bool has_check(const column_description& column) {
  switch (column.type) {
    case column_type::json:
    case column_type::text_array:
    case column_type::boolean:
    case column_type::integer:
    case column_type::decimal:
    case column_type::date:
      return true;
    default:
      return !column.values.empty();
  }
}

/// Whether a term of an index is an expression, which stands in parentheses.
constexpr bool is_expression(std::string_view term) { return term.starts_with('('); }

/// The trigger that does ON DELETE SET NULL of some columns of a key on SQLite.
constexpr short_text set_null_trigger_name(std::string_view key) {
  return short_text{key}.append("_set_null");
}

constexpr bool is_legal_identifier(std::string_view name) {
  if (name.empty() || name.size() > identifier_bytes_max) return false;
  if (name.front() >= '0' && name.front() <= '9') return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

constexpr culprits illegal_identifier(const database_description& database) {
  for (const auto& table : database.tables) {
    if (!is_legal_identifier(table.name)) return {table.name, table.name};
    for (const auto& column : table.columns) {
      const std::size_t check_bytes =
          std::string_view{"ck__"}.size() + table.name.size() + column.name.size();
      if (!is_legal_identifier(column.name) ||
          (has_check(column) && check_bytes > identifier_bytes_max))
        return {column.name, table.name};
    }
    for (const auto& index : table.indexes)
      if (!is_legal_identifier(index.name)) return {index.name, table.name};
    for (const auto& key : table.foreign_keys)
      if (!is_legal_identifier(key.name) ||
          (!key.set_columns.empty() &&
           !is_legal_identifier(set_null_trigger_name(key.name).view())))
        return {key.name, table.name};
    for (const auto& condition : table.conditions)
      if (!is_legal_identifier(condition.name)) return {condition.name, table.name};
  }
  return {};
}

/// A name that stands twice in `names`; empty where there is none.
constexpr std::string_view repeated(std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  return twin == names.end() ? std::string_view{} : *twin;
}

/// `name` and the tables for which `names_in(table)` has it.
template <class NamesIn>
constexpr culprits with_tables(const database_description& database, std::string_view name,
                               NamesIn names_in) {
  culprits found{name};
  for (const auto& table : database.tables)
    for (const auto& each : names_in(table))
      if (each == name) found.add(table.name);
  return found;
}

/// Looks for a name that `names_in(table)` has twice over all tables.
template <class NamesIn>
constexpr culprits name_used_twice(const database_description& database, NamesIn names_in) {
  std::vector<std::string_view> all;
  for (const auto& table : database.tables)
    for (const auto& name : names_in(table)) all.push_back(name);
  const std::string_view name = repeated(std::move(all));
  return name.empty() ? culprits{} : with_tables(database, name, names_in);
}

template <class Described>
constexpr std::vector<std::string_view> names_of(std::span<const Described> all) {
  std::vector<std::string_view> names;
  for (const auto& each : all) names.push_back(each.name);
  return names;
}

constexpr std::vector<std::string_view> names_that_are(const table_description& table,
                                                       std::string_view name) {
  auto names = names_of(table.foreign_keys);
  names.erase(std::remove_if(names.begin(), names.end(), [&](auto each) { return each != name; }),
              names.end());
  return names;
}

/// fk_{table}_{column}.
constexpr short_text conventional_name(const table_description& table,
                                       const foreign_key_description& key) {
  short_text name{"fk_"};
  name.append(table.name);
  for (const auto& column : key.columns) name.append("_").append(column);
  return name;
}

/// Keys of two tables may have the same conventional name, as those of user.role_id and
/// user_role.id have: a database keeps the names of each table apart. A chosen name stands once.
constexpr culprits shared_foreign_key_name(const database_description& database) {
  const auto shared =
      name_used_twice(database, [](const auto& table) { return names_of(table.foreign_keys); });
  if (shared.empty()) return {};
  for (const auto& table : database.tables) {
    std::vector<std::string_view> own;
    for (const auto& key : table.foreign_keys) {
      own.push_back(key.name);
      // SQLite names a trigger after the key, and keeps the triggers of all tables in one
      // namespace.
      if (conventional_name(table, key).view() == key.name && key.set_columns.empty()) continue;
      const auto twin = name_used_twice(
          database, [&](const auto& each) { return names_that_are(each, key.name); });
      if (!twin.empty()) return twin;
    }
    if (const auto name = repeated(std::move(own)); !name.empty()) return {name, table.name};
  }
  return {};
}
constexpr culprits shared_index_name(const database_description& database) {
  return name_used_twice(database, [](const auto& table) {
    auto relations = names_of(table.indexes);
    relations.push_back(table.name);
    return relations;
  });
}
constexpr culprits shared_table_name(const database_description& database) {
  const auto name = repeated(names_of(database.tables));
  return name.empty() ? culprits{} : culprits{name};
}
constexpr culprits shared_column_name(const database_description& database) {
  for (const auto& table : database.tables)
    if (const auto name = repeated(names_of(table.columns)); !name.empty())
      return {name, table.name};
  return {};
}

/// Whether `name` is the name of a CHECK of a column.
constexpr bool is_check_name(const table_description& table, std::string_view name) {
  for (const auto& column : table.columns)
    if (has_check(column) &&
        short_text{"ck_"}.append(table.name).append("_").append(column.name).view() == name)
      return true;
  return false;
}

constexpr bool is_primary_key(const index_description& index) {
  return index.what == index_description::kind::primary_key;
}

/// Whether the database has it as a constraint: it has columns only, none descending, and holds for
/// all rows.
constexpr bool is_constraint(const index_description& index) {
  return index.what != index_description::kind::index && index.where.empty() &&
         index.descending == 0 &&
         std::none_of(index.columns.begin(), index.columns.end(), is_expression);
}

constexpr culprits shared_constraint_name(const database_description& database) {
  for (const auto& table : database.tables) {
    // An index that is no constraint may have the name of a constraint.
    std::vector<std::string_view> names;
    for (const auto& index : table.indexes)
      if (is_constraint(index)) names.push_back(index.name);
    for (const auto& key : table.foreign_keys) names.push_back(key.name);
    for (const auto& condition : table.conditions) names.push_back(condition.name);
    for (const auto& name : names)
      if (is_check_name(table, name)) return {name, table.name};
    if (const auto name = repeated(std::move(names)); !name.empty()) return {name, table.name};
  }
  return {};
}

/// Whether PostgreSQL has a system column of this name.
constexpr bool is_reserved_column(std::string_view name) {
  constexpr std::string_view system_columns[] = {"tableoid", "xmin", "cmin",
                                                 "xmax",     "cmax", "ctid"};
  return std::find(std::begin(system_columns), std::end(system_columns), name) !=
         std::end(system_columns);
}
/// Whether a table or an index may not have this name. `{set}_migration` is the version table of a
/// set of migrations.
constexpr bool is_reserved_relation(std::string_view name) {
  return name.starts_with("sqlite_") || name.starts_with("pg_") || name.ends_with("_migration");
}

constexpr culprits reserved_name(const database_description& database) {
  for (const auto& table : database.tables) {
    if (is_reserved_relation(table.name)) return {table.name, table.name};
    for (const auto& index : table.indexes)
      if (is_reserved_relation(index.name) && !index.name.starts_with("ix_") &&
          !is_primary_key(index))
        return {index.name, table.name};
    for (const auto& column : table.columns)
      if (is_reserved_column(column.name)) return {column.name, table.name};
  }
  return {};
}

}  // namespace nava::schema::rules
