// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of primary keys, unique constraints and indexes.
namespace nava::schema::rules {

template <fixed_string... KeyAndTable>
struct key_or_index_has_no_columns {
  static_assert(sizeof...(KeyAndTable) == 0, "a key or an index has at least one column");
};
template <auto Member, fixed_string Table>
struct member_is_not_a_column_of_the_table {
  static constexpr fixed_string name{""};
  static_assert(Table.empty(),
                "keys and indexes are made of members that have a column in their table");
};
template <fixed_string... NameAndTable>
struct members_belong_to_several_rows {
  static_assert(
      sizeof...(NameAndTable) == 0,
      "the members of a key, or of via<…>, belong to one row, or to one row and its bases");
};
template <fixed_string... Table>
struct table_has_no_primary_key_in_first_place {
  static_assert(sizeof...(Table) == 0,
                "name one primary_key<…> before the table's other keys and indexes");
};
template <fixed_string... Table>
struct primary_key_is_not_made_of_members {
  static_assert(sizeof...(Table) == 0,
                "a primary key is made of members alone: put desc() and expression() into an "
                "index_on<…> or a unique<…>");
};
template <fixed_string... ColumnAndTable>
struct primary_key_column_is_nullable {
  static_assert(sizeof...(ColumnAndTable) == 0,
                "a column of a primary key is never NULL: take the std::optional away");
};
template <fixed_string... KeyTableAndColumn>
struct key_names_a_column_twice {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "a column stands once in a key, foreign key or index");
};
template <fixed_string... KeyTableAndColumn>
struct key_has_a_column_without_one_form {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "equal JSON values and arrays may be written in several ways, and the databases "
                "differ in which values are equal: make a key of columns of other types");
};
template <fixed_string... KeyAndTable>
struct key_has_more_than_32_columns {
  static_assert(sizeof...(KeyAndTable) == 0, "PostgreSQL takes 32 columns in a key or an index");
};
template <fixed_string... KeysAndTable>
struct two_keys_have_the_same_columns {
  static_assert(sizeof...(KeysAndTable) == 0,
                "PostgreSQL silently omits the second key: keep one of the keys");
};

}  // namespace nava::schema::rules
