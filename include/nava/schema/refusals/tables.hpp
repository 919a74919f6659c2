// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of tables: their parts, columns, expressions and storage.
namespace nava::schema::rules {

template <fixed_string Column, class Type, fixed_string Table>
struct column_has_a_type_that_is_none {
  static_assert(never<Type>,
                "a member is a uuid, std::string, bool, std::int32_t, std::int64_t, double, "
                "decimal<…>, date, timestamp, bytes, std::vector<std::string>, json::object, "
                "json::array, an enumeration with enum_names, or std::optional of one of them");
};
template <class Part, fixed_string Table>
struct is_no_part_of_a_table {
  static_assert(never<Part>,
                "a table is made of column<…>, default_to<…>, identity_column<…>, keys, indexes, check<…>, "
                "relationships, storage<…>, fillfactor<…> and not_stored<…>: write one of them in "
                "place of the first argument shown");
};
template <class Part>
struct is_no_part_of_a_database {
  static_assert(never<Part>,
                "a database is made of tables and of relationships_of<row, …>: where a row is "
                "shown, write its table");
};
template <fixed_string... Table>
struct table_has_more_than_500_parts {
  static_assert(sizeof...(Table) == 0,
                "a row that wide fits no page of PostgreSQL, and compiling takes minutes: put "
                "columns into a table of their own or into one of json::object");
};
template <fixed_string... Tables>
struct two_tables_share_the_row {
  static_assert(sizeof...(Tables) == 0,
                "keys and rows find their table by the row type: give each table one of its own");
};
template <fixed_string... None>
struct row_has_no_table_in_this_database {
  static_assert(sizeof...(None) != 0, "list the table of this row in the database<…>");
};
template <fixed_string... Table>
struct table_has_no_column_to_update {
  static_assert(sizeof...(Table) == 0,
                "every column is in the primary key, by which a row is found: remove the row and "
                "insert another");
};

// Columns.

template <fixed_string... ColumnAndTable>
struct column_is_a_member_of_another_row {
  static_assert(sizeof...(ColumnAndTable) == 0,
                "a column is bound to a member of the table's own row or of a base of it");
};
template <fixed_string... ColumnAndTable>
struct two_columns_share_the_member {
  static_assert(sizeof...(ColumnAndTable) == 0, "bind each member of the row to one column");
};
template <fixed_string... Table>
struct member_of_the_row_has_no_column {
  static_assert(sizeof...(Table) == 0,
                "its value would be lost with every stored row: add a column<…> for each member, "
                "or name the member in not_stored<&row::member>");
};
template <fixed_string... Table>
struct member_is_stored_and_not_stored {
  static_assert(sizeof...(Table) == 0, "name a member in a column<…> or in not_stored<…>, once");
};
template <fixed_string... Table>
struct not_stored_names_no_member {
  static_assert(
      sizeof...(Table) == 0,
      "not_stored<…> takes pointers to members of the table's own row or of a base of it");
};
template <fixed_string... Table>
struct column_has_two_defaults {
  static_assert(sizeof...(Table) == 0, "a column has one default: write one default_to<…> for it");
};
template <fixed_string... ValueColumnAndTable>
struct default_is_no_value_of_its_column {
  static_assert(sizeof...(ValueColumnAndTable) == 0,
                "the text of a default is a value of its column: a decimal with all its digits, "
                "JSON or an array that is empty, now of a timestamp");
};
template <fixed_string... ColumnAndTable>
struct identity_is_not_the_primary_key {
  static_assert(sizeof...(ColumnAndTable) == 0,
                "an identity_column<…> is a std::int64_t without a default_to<…>, and alone the "
                "primary key: SQLite numbers no other column");
};

// Conditions and expressions.

template <fixed_string... NameAndTable>
struct sql_expression_is_not_whole {
  static_assert(sizeof...(NameAndTable) == 0,
                "an expression, or the condition of a CHECK or an index, is not empty, closes its "
                "parentheses and quotes, and has no semicolon, comment or NUL");
};
template <fixed_string... NameTableAndColumns>
struct expression_takes_a_decimal_for_a_number {
  static_assert(sizeof...(NameTableAndColumns) == 0,
                "SQLite counts a decimal in units of its last digit: compare it with zero and with "
                "decimals of the same scale only, and put the rest into an expression of its own");
};

// Storage.

template <int Percent, fixed_string Table>
struct fillfactor_is_out_of_range {
  static_assert(Table.view().size() > 63, "PostgreSQL takes a fillfactor from 10 to 100");
};
template <fixed_string... Table>
struct table_has_two_fillfactors {
  static_assert(sizeof...(Table) == 0, "a table has one fillfactor");
};
template <fixed_string... NameAndTable>
struct storage_parameter_is_none {
  static_assert(
      sizeof...(NameAndTable) == 0,
      "PostgreSQL has no such storage parameter of tables, or Nava has a part of its own for it");
};
template <fixed_string... NameValueAndTable>
struct storage_parameter_has_no_plain_value {
  static_assert(
      sizeof...(NameValueAndTable) == 0,
      "PostgreSQL takes a number for this parameter, or on, off, true and false for a switch");
};
template <fixed_string... Table>
struct table_has_a_storage_parameter_twice {
  static_assert(sizeof...(Table) == 0, "a table has each storage parameter once");
};

}  // namespace nava::schema::rules
