// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <nava/schema/culprits.hpp>
#include <nava/schema/description.hpp>
#include <nava/schema/fixed_string.hpp>

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
                "indexes and the constraints they carry share one namespace; rename one");
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

/// Looks through the names that `list_of(table)` has over the whole database.
template <class ListOf>
constexpr culprits name_used_twice(const database_description& database, ListOf list_of) {
  for (std::size_t a = 0; a < database.tables.size(); ++a)
    for (std::size_t i = 0; i < list_of(database.tables[a]).size(); ++i)
      for (std::size_t b = a; b < database.tables.size(); ++b)
        for (std::size_t j = a == b ? i + 1 : 0; j < list_of(database.tables[b]).size(); ++j)
          if (list_of(database.tables[a])[i].name == list_of(database.tables[b])[j].name)
            return {list_of(database.tables[a])[i].name, database.tables[a].name,
                    database.tables[b].name};
  return {};
}

constexpr culprits shared_foreign_key_name(const database_description& database) {
  return name_used_twice(database, [](const auto& table) { return table.foreign_keys; });
}
constexpr culprits shared_index_name(const database_description& database) {
  return name_used_twice(database, [](const auto& table) { return table.indexes; });
}
constexpr culprits shared_table_name(const database_description& database) {
  for (std::size_t a = 0; a < database.tables.size(); ++a)
    for (std::size_t b = a + 1; b < database.tables.size(); ++b)
      if (database.tables[a].name == database.tables[b].name) return {database.tables[a].name};
  return {};
}
constexpr culprits shared_column_name(const database_description& database) {
  for (const auto& table : database.tables)
    for (std::size_t i = 0; i < table.columns.size(); ++i)
      for (std::size_t j = i + 1; j < table.columns.size(); ++j)
        if (table.columns[i].name == table.columns[j].name)
          return {table.columns[i].name, table.name};
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
