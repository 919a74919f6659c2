// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of foreign keys, their actions and their options.
namespace nava::schema::rules {

template <class Key, fixed_string Table>
struct foreign_key_is_not_made_of_members {
  static_assert(never<Key>,
                "write foreign_key<\"\", members<&row::member>, members<&other::member>, …>");
};
template <fixed_string... KeyAndTable>
struct foreign_key_and_its_target_differ_in_columns {
  static_assert(sizeof...(KeyAndTable) == 0,
                "a foreign key has as many columns as the key it leads to");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_type_differs_from_its_target {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "give the columns of a foreign key the types of the columns they lead to");
};
template <fixed_string... KeyAndTable>
struct foreign_key_target_is_not_a_table_of_this_database {
  using type = missing_table;
  static_assert(sizeof...(KeyAndTable) == 0,
                "list the table that the key leads to in the same database<…>");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_target_is_not_a_key {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a foreign key leads to the columns of a primary key or a unique constraint");
};
template <fixed_string... KeyAndTable>
struct foreign_key_leads_to_a_base_of_other_rows {
  using type = missing_table;
  static_assert(sizeof...(KeyAndTable) == 0,
                "the target members belong to a base of several rows: name the row that is meant, "
                "with members_of<row, &row::member>");
};
template <fixed_string... KeyAndTable>
struct foreign_key_leads_to_its_own_columns {
  static_assert(sizeof...(KeyAndTable) == 0,
                "every row would refer to itself: let the key lead from other columns");
};
template <fixed_string... KeyTableTargetAndColumn>
struct foreign_key_leads_to_a_nullable_column {
  static_assert(sizeof...(KeyTableTargetAndColumn) == 0,
                "no row could refer to a row with NULL there: let the key lead to columns that are "
                "not std::optional");
};
template <fixed_string... KeyAndTable>
struct foreign_key_has_several_nullable_columns {
  static_assert(sizeof...(KeyAndTable) == 0,
                "where one of them is NULL, the database does not check the others: let at most "
                "one column of a foreign key be std::optional");
};
template <fixed_string... KeyTableAndColumn>
struct foreign_key_column_has_no_exact_equality {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "equal floating point numbers, JSON values and arrays may be written in several "
                "ways: refer by a column of another type");
};
template <fixed_string... KeyAndTable>
struct foreign_key_is_not_covered_by_an_index {
  static_assert(sizeof...(KeyAndTable) == 0,
                "let the primary key or an index begin with the columns of the foreign key, or "
                "every delete of a target row scans this table");
};
template <fixed_string... KeysAndTable>
struct two_foreign_keys_have_the_same_columns {
  static_assert(sizeof...(KeysAndTable) == 0,
                "neither reference can be set alone, and the order of their actions is undefined: "
                "keep one of the keys, or give the other columns of its own");
};
template <fixed_string... KeysAndTables>
struct foreign_keys_that_are_never_null_form_a_cycle {
  static_assert(
      sizeof...(KeysAndTables) == 0,
      "no first row can be inserted: make the member of one of the keys shown std::optional, or "
      "make a key deferred and insert by SQL of your own, in one transaction");
};

// Actions and options.

template <fixed_string... KeyAndTable>
struct foreign_key_sets_a_default {
  static_assert(sizeof...(KeyAndTable) == 0,
                "all rows would refer to one row, and the delete would fail where that row is "
                "missing: choose another action");
};
template <fixed_string... KeyTableAndColumn>
struct set_null_on_a_column_that_is_not_nullable {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "the delete or the update would fail: make the member std::optional, or choose "
                "another action");
};
template <fixed_string... KeyTableAndTarget>
struct restrict_stands_beside_a_cascade {
  static_assert(
      sizeof...(KeyTableAndTarget) == 0,
      "one delete reaches the rows of both tables by cascade, and on SQLite the order of the "
      "tables decides whether it fails: write no_action, which is checked at the end, or cascade");
};
template <class Key, fixed_string Table>
struct is_no_option_of_a_foreign_key {
  static_assert(never<Key>,
                "after its actions a foreign key takes set_null_in<&row::member>, and deferred or "
                "deferrable: write nothing else");
};
template <fixed_string... NameAndTable>
struct foreign_key_has_an_option_twice {
  static_assert(sizeof...(NameAndTable) == 0,
                "a foreign key has one set_null_in<…>, and is deferred or deferrable");
};
template <fixed_string... NameAndTable>
struct set_null_in_does_not_fit_its_key {
  static_assert(sizeof...(NameAndTable) == 0,
                "set_null_in<…> names the members that ON DELETE SET NULL sets: write "
                "referential_action::set_null before it, or leave it out");
};
template <fixed_string... KeyTableAndColumn>
struct set_null_in_names_no_column_of_its_key {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "ON DELETE SET NULL sets columns of the foreign key itself: name members of it in "
                "set_null_in<…>, each once");
};

}  // namespace nava::schema::rules
