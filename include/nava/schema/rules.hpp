// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/culprits.hpp>
#include <nava/schema/description.hpp>
#include <nava/schema/fixed_string.hpp>
#include <vector>

/// The rules a schema obeys, as compile errors. Each rule has a search over the
/// plain description, which finds an offender, and a class template whose name is
/// the message and whose arguments are the names of the culprits.
namespace nava::schema::rules {

/// PostgreSQL cuts longer names without an error (NAMEDATALEN - 1).
inline constexpr std::size_t identifier_bytes_max = 63;

/// Columns that get a CHECK constraint in some dialect, `ck_{table}_{column}`.
constexpr bool has_check(const column_description& column) {
  return !column.values.empty() || column.type == column_type::json ||
         column.type == column_type::boolean;
}

constexpr bool is_legal_identifier(std::string_view name) {
  if (name.empty() || name.size() > identifier_bytes_max) return false;
  if (name.front() >= '0' && name.front() <= '9') return false;
  for (const char c : name)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

template <fixed_string... NameAndTable>
struct identifier_is_not_legal_or_longer_than_63_bytes {
  static_assert(sizeof...(NameAndTable) == 0,
                "an identifier is [a-z_][a-z0-9_]* and at most 63 bytes long, and so is the "
                "ck_{table}_{column} of a column with a CHECK; shorten or rename it");
};
template <fixed_string... NameAndTables>
struct two_foreign_keys_share_the_constraint_name {
  static_assert(sizeof...(NameAndTables) == 0,
                "give each foreign key a name of its own: fk_{table}_{column}");
};
template <fixed_string... NameAndTables>
struct two_indexes_share_the_name {
  static_assert(sizeof...(NameAndTables) == 0,
                "tables, indexes and the constraints that have an index share one namespace; "
                "rename one");
};
template <fixed_string... NameAndTable>
struct two_constraints_of_a_table_share_the_name {
  static_assert(sizeof...(NameAndTable) == 0,
                "keys, foreign keys and the CHECKs named ck_{table}_{column} of a table share one "
                "namespace; rename one");
};
template <fixed_string... KeyTableAndColumn>
struct key_names_a_column_twice {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "a column stands once in a key, foreign key or index");
};
template <fixed_string... NameAndTable>
struct name_is_reserved {
  static_assert(sizeof...(NameAndTable) == 0,
                "PostgreSQL, SQLite or Nava has something of its own under this name; choose "
                "another");
};
template <fixed_string... KeyTableAndColumn>
struct foreign_key_column_has_no_exact_equality {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "floating point numbers and JSON that are equal may be written in several ways: "
                "refer by a column of another type");
};
template <fixed_string... ColumnAndTable>
struct column_is_a_member_of_another_row {
  static_assert(sizeof...(ColumnAndTable) == 0,
                "a column is bound to a member of the table's own row, not of a base or another "
                "row: keys to it would lead to that row's table");
};
template <fixed_string... ColumnAndTable>
struct two_columns_share_the_member {
  static_assert(sizeof...(ColumnAndTable) == 0, "bind each member of the row to one column");
};
template <fixed_string... Tables>
struct two_tables_share_the_row {
  static_assert(sizeof...(Tables) == 0,
                "keys and rows find their table by the row type: give each table one of its own");
};
template <fixed_string... Name>
struct two_tables_share_the_name {
  static_assert(sizeof...(Name) == 0, "list a table once, under a name of its own");
};
template <fixed_string... NameAndTable>
struct two_columns_share_the_name {
  static_assert(sizeof...(NameAndTable) == 0, "a column name stands once in its table");
};
template <fixed_string... Table>
struct table_has_no_primary_key_in_first_place {
  static_assert(sizeof...(Table) == 0,
                "name one primary_key<…> before the table's other keys and indexes");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_type_differs_from_its_target {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "give the columns of a foreign key the types of the columns they lead to");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_target_is_not_a_key {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a foreign key leads to the columns of a primary key or a unique constraint");
};
/// Stands for a table that is missing, so that its absence is the only complaint.
struct missing_table {
  struct row_type {};
  static constexpr fixed_string name{""};
  template <auto Member>
  struct column_with {
    static constexpr fixed_string name{""};
  };
};

template <fixed_string... KeyAndTable>
struct foreign_key_target_is_not_a_table_of_this_database {
  using type = missing_table;
  static_assert(sizeof...(KeyAndTable) == 0,
                "list the table that the key leads to in the same database<…>");
};
template <fixed_string... KeyAndTable>
struct foreign_key_is_not_covered_by_an_index {
  static_assert(sizeof...(KeyAndTable) == 0,
                "let the primary key or an index begin with the columns of the foreign key, or "
                "every delete of a target row scans this table");
};

template <fixed_string... RelationshipAndTable>
struct relationship_target_is_not_a_table_of_this_database {
  using type = missing_table;
  static_assert(sizeof...(RelationshipAndTable) == 0,
                "list the table that the relationship leads to in the same database<…>");
};
template <fixed_string... None>
struct row_has_no_table_in_this_database {
  static_assert(sizeof...(None) != 0, "list the table of this row in the database<…>");
};
template <fixed_string... ColumnAndTable>
struct primary_key_column_is_nullable {
  static_assert(sizeof...(ColumnAndTable) == 0,
                "a column of a primary key is never NULL: take the std::optional away");
};
template <fixed_string... KeyTableTargetAndColumn>
struct foreign_key_leads_to_a_nullable_column {
  static_assert(sizeof...(KeyTableTargetAndColumn) == 0,
                "a row with a NULL there could not be referred to: let the key lead to columns "
                "that are not std::optional");
};
template <fixed_string... KeyAndTable>
struct foreign_key_has_several_nullable_columns {
  static_assert(sizeof...(KeyAndTable) == 0,
                "with one of them NULL the others are not checked: let at most one column of a "
                "foreign key be std::optional");
};
template <fixed_string... KeyTableAndColumn>
struct set_null_on_a_column_that_is_not_nullable {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "the delete or update that should set it NULL would fail: make the member "
                "std::optional, or choose another action");
};

/// Each search answers with the first offender in order of declaration.
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
      if (!is_legal_identifier(key.name)) return {key.name, table.name};
  }
  return {};
}

/// The first of `names` that stands there twice; empty where none does.
constexpr std::string_view repeated(std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  const auto twin = std::adjacent_find(names.begin(), names.end());
  return twin == names.end() ? std::string_view{} : *twin;
}

/// `name` and the tables where `names_in(table)` has it.
template <class NamesIn>
constexpr culprits with_tables(const database_description& database, std::string_view name,
                               NamesIn names_in) {
  culprits found{name};
  for (const auto& table : database.tables)
    for (const auto& each : names_in(table))
      if (each == name) found.add(table.name);
  return found;
}

/// Looks through the names that `names_in(table)` has over the whole database.
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

constexpr culprits shared_foreign_key_name(const database_description& database) {
  return name_used_twice(database, [](const auto& table) { return names_of(table.foreign_keys); });
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

/// Whether `name` is that of a CHECK of the table.
constexpr bool is_check_name(const table_description& table, std::string_view name) {
  for (const auto& column : table.columns)
    if (has_check(column) &&
        short_text{"ck_"}.append(table.name).append("_").append(column.name).view() == name)
      return true;
  return false;
}

constexpr culprits shared_constraint_name(const database_description& database) {
  for (const auto& table : database.tables) {
    auto names = names_of(table.indexes);
    for (const auto& key : table.foreign_keys) names.push_back(key.name);
    for (const auto& name : names)
      if (is_check_name(table, name)) return {name, table.name};
    if (const auto name = repeated(std::move(names)); !name.empty()) return {name, table.name};
  }
  return {};
}

constexpr culprits repeated_column_of_a_key(const database_description& database) {
  for (const auto& table : database.tables) {
    for (const auto& index : table.indexes)
      if (const auto column = repeated({index.columns.begin(), index.columns.end()});
          !column.empty())
        return {index.name, table.name, column};
    for (const auto& key : table.foreign_keys)
      if (const auto column = repeated({key.columns.begin(), key.columns.end()}); !column.empty())
        return {key.name, table.name, column};
  }
  return {};
}

/// Names that PostgreSQL gives columns of its own, SQLite tables, and Nava its version table.
constexpr bool is_reserved_column(std::string_view name) {
  constexpr std::string_view system_columns[] = {"tableoid", "xmin", "cmin",
                                                 "xmax",     "cmax", "ctid"};
  return std::find(std::begin(system_columns), std::end(system_columns), name) !=
         std::end(system_columns);
}
constexpr bool is_reserved_table(std::string_view name) {
  return name.starts_with("sqlite_") || name == "nava_migration";
}

constexpr culprits reserved_name(const database_description& database) {
  for (const auto& table : database.tables) {
    if (is_reserved_table(table.name)) return {table.name, table.name};
    for (const auto& column : table.columns)
      if (is_reserved_column(column.name)) return {column.name, table.name};
  }
  return {};
}

constexpr culprits missing_primary_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (std::size_t i = 0; i == 0 || i < table.indexes.size(); ++i)
      if (table.indexes.empty() ||
          (table.indexes[i].what == index_description::kind::primary_key) != (i == 0))
        return {table.name};
  return {};
}

constexpr bool begins_with(name_list columns, name_list beginning) {
  return columns.size() >= beginning.size() &&
         std::equal(beginning.begin(), beginning.end(), columns.begin());
}

constexpr culprits uncovered_foreign_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys) {
      bool covered = false;
      for (const auto& index : table.indexes)
        covered = covered || (index.where.empty() && begins_with(index.columns, key.columns));
      if (!covered) return {key.name, table.name};
    }
  return {};
}

constexpr culprits foreign_key_without_target_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& target : database.tables) {
        if (target.name != key.target_table) continue;
        bool found = false;
        for (const auto& index : target.indexes)
          found = found || (index.what != index_description::kind::index && index.where.empty() &&
                            index.columns.size() == key.target_columns.size() &&
                            begins_with(index.columns, key.target_columns));
        if (!found) return {key.name, table.name, target.name};
      }
  return {};
}

constexpr const column_description* find_column(const table_description& table,
                                                std::string_view name) {
  for (const auto& column : table.columns)
    if (column.name == name) return &column;
  return nullptr;
}

constexpr bool is_nullable(const table_description& table, std::string_view column) {
  const auto* found = find_column(table, column);
  return found != nullptr && found->nullable;
}

constexpr culprits nullable_primary_key(const database_description& database) {
  for (const auto& table : database.tables)
    if (!table.indexes.empty())
      for (const auto& column : table.primary_key().columns)
        if (is_nullable(table, column)) return {column, table.name};
  return {};
}

constexpr culprits nullable_target(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& target : database.tables)
        if (target.name == key.target_table)
          for (const auto& column : key.target_columns)
            if (is_nullable(target, column)) return {key.name, table.name, target.name, column};
  return {};
}

constexpr culprits half_checked_foreign_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      if (std::count_if(key.columns.begin(), key.columns.end(),
                        [&](std::string_view column) { return is_nullable(table, column); }) > 1)
        return {key.name, table.name};
  return {};
}

constexpr culprits inexact_foreign_key(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      for (const auto& name : key.columns)
        if (const auto* column = find_column(table, name);
            column != nullptr &&
            (column->type == column_type::real || column->type == column_type::json))
          return {key.name, table.name, name};
  return {};
}

constexpr culprits set_null_on_not_null(const database_description& database) {
  for (const auto& table : database.tables)
    for (const auto& key : table.foreign_keys)
      if (key.on_delete == referential_action::set_null ||
          key.on_update == referential_action::set_null)
        for (const auto& column : key.columns)
          if (!is_nullable(table, column)) return {key.name, table.name, column};
  return {};
}

}  // namespace nava::schema::rules
