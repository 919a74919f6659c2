// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of names of tables, columns, keys and indexes.
namespace nava::schema::rules {

template <fixed_string... NameAndTable>
struct identifier_is_not_legal_or_longer_than_63_bytes {
  static_assert(sizeof...(NameAndTable) == 0,
                "an identifier is [a-z_][a-z0-9_]* and at most 63 bytes long, and so are the "
                "ck_{table}_{column} of a column with a CHECK and the {key}_set_null of a key; "
                "shorten or rename it");
};
template <fixed_string... NameAndTable>
struct name_is_reserved {
  static_assert(
      sizeof...(NameAndTable) == 0,
      "PostgreSQL, SQLite or Nava has something of its own under this name; choose another");
};
template <fixed_string... Name>
struct two_tables_share_the_name {
  static_assert(sizeof...(Name) == 0, "list a table once, under a name of its own");
};
template <fixed_string... NameAndTable>
struct two_columns_share_the_name {
  static_assert(sizeof...(NameAndTable) == 0, "a column name stands once in its table");
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
template <fixed_string... NameAndTables>
struct two_foreign_keys_share_the_constraint_name {
  static_assert(sizeof...(NameAndTables) == 0,
                "give each foreign key a name of its own: fk_{table}_{column}");
};

}  // namespace nava::schema::rules
