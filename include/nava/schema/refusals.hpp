// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/fixed_string.hpp>

/// What the compiler says of a wrong schema. Each class is a rule, and its name the message; its
/// arguments are the names of the culprits, and its assertion says what to write. They stand here
/// together, and every header that an application names includes this one first, so that the
/// compiler comes to the message within a few lines. docs/schema_rules.md has them all.
namespace nava::schema::rules {

/// In place of a rule that is broken.
struct well_formed {};

// Parts.

template <class>
inline constexpr bool never = false;

template <fixed_string Column, class Type, fixed_string Table>
struct column_has_a_type_that_is_none {
  static_assert(never<Type>,
                "a member is a uuid, std::string, bool, std::int32_t, std::int64_t, double, "
                "decimal<…>, date, timestamp, bytes, std::vector<std::string>, json::object, "
                "json::array, an enumeration with enum_names, or std::optional of one of them");
};
template <fixed_string... KeyAndTable>
struct key_or_index_has_no_columns {
  static_assert(sizeof...(KeyAndTable) == 0, "a key or an index has at least one column");
};
template <fixed_string... KeyAndTable>
struct foreign_key_and_its_target_differ_in_columns {
  static_assert(sizeof...(KeyAndTable) == 0,
                "a foreign key has as many columns as the key it leads to");
};
template <fixed_string... KeyAndTable>
struct foreign_key_sets_a_default {
  static_assert(sizeof...(KeyAndTable) == 0,
                "every row would come to refer to one row, and the delete fail where that is "
                "missing: choose another action");
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
template <fixed_string... Table>
struct primary_key_is_not_made_of_members {
  static_assert(sizeof...(Table) == 0,
                "a primary key is made of members alone: put desc() and expression() into an "
                "index_on<…> or a unique<…>");
};
template <fixed_string... Table>
struct column_has_two_defaults {
  static_assert(sizeof...(Table) == 0, "a column has one default: write one default_to<…> for it");
};
template <fixed_string... NameAndTable>
struct members_belong_to_several_rows {
  static_assert(
      sizeof...(NameAndTable) == 0,
      "the members of a key, or of via<…>, belong to one row, or to one row and its bases");
};
template <class Key, fixed_string Table>
struct foreign_key_is_not_made_of_members {
  static_assert(never<Key>,
                "write foreign_key<\"\", members<&row::member>, members<&other::member>, …>");
};
template <int Percent, fixed_string Table>
struct fillfactor_is_out_of_range {
  static_assert(Table.view().size() > 63, "PostgreSQL takes a fillfactor from 10 to 100");
};
template <fixed_string... NameAndTable>
struct storage_parameter_is_none {
  static_assert(sizeof...(NameAndTable) == 0,
                "PostgreSQL has no such storage parameter of tables, or Nava a word of its own");
};
template <fixed_string... NameValueAndTable>
struct storage_parameter_has_no_plain_value {
  static_assert(
      sizeof...(NameValueAndTable) == 0,
      "PostgreSQL takes a number for this parameter, or on, off, true and false for a switch");
};
template <fixed_string... Table>
struct table_has_two_fillfactors {
  static_assert(sizeof...(Table) == 0, "a table has one fillfactor");
};
template <fixed_string... Table>
struct table_has_a_storage_parameter_twice {
  static_assert(sizeof...(Table) == 0, "a table has each storage parameter once");
};
template <fixed_string... Relationship>
struct relationship_names_two_keys {
  static_assert(sizeof...(Relationship) == 0,
                "a relationship follows one key: write one via<…> or via_constraint<…>");
};
template <fixed_string... Relationship>
struct relationship_names_no_key_in_via {
  static_assert(sizeof...(Relationship) == 0, "via<…> names the members that make the foreign key");
};
template <fixed_string... Relationship>
struct relationship_has_two_partners {
  static_assert(sizeof...(Relationship) == 0,
                "a relationship has one partner: write one back_populates<…>");
};
template <fixed_string... Relationship>
struct to_many_has_an_optional_target {
  static_assert(sizeof...(Relationship) == 0,
                "to_many takes a row type; it may find no row in any case");
};
template <class Part, fixed_string Table>
struct is_no_part_of_a_table {
  static_assert(
      never<Part>,
      "a table is made of column<…>, default_to<…>, keys, indexes, check<…>, relationships, "
      "storage<…>, fillfactor<…> and not_stored<…>: write one of them in place of what is shown "
      "first");
};
template <auto Member, fixed_string Table>
struct member_is_not_a_column_of_the_table {
  static constexpr fixed_string name{""};
  static_assert(Table.empty(),
                "keys and indexes are made of members that have a column in their table");
};
template <fixed_string Relationship, class... Options>
struct is_no_part_of_a_relationship {
  static_assert(sizeof...(Options) == 0,
                "after its name and row a relationship takes via<…> or via_constraint<…>, "
                "back_populates<…> and backward: write nothing else");
};
template <fixed_string Relationship, fixed_string Table, fixed_string Target>
struct via_names_members_of_neither_table {
  static_assert(Table.empty(), "via<…> takes members of the row of one of the two tables");
};
template <fixed_string Relationship, fixed_string Table, fixed_string Target>
struct via_names_members_of_a_base_of_both_rows {
  static_assert(Table.empty(),
                "the members of via<…> belong to both tables: write via_constraint<\"name\">");
};
template <class Part>
struct is_no_relationship {
  static_assert(
      never<Part>,
      "relationships_of<row, …> takes to_one<…> and to_many<…>; columns, keys and indexes "
      "stand in the table of the row");
};
template <class Part>
struct is_no_part_of_a_database {
  static_assert(never<Part>,
                "a database is made of tables and of relationships_of<row, …>: where a row is "
                "shown, write its table");
};
template <fixed_string... Table>
struct table_has_no_column_to_update {
  static_assert(sizeof...(Table) == 0,
                "every column is in the primary key, by which a row is found: remove the row and "
                "insert another");
};
template <fixed_string... RelationshipTableAndThoseItHas>
struct table_has_no_such_relationship {
  static_assert(sizeof...(RelationshipTableAndThoseItHas) == 0,
                "name one of the relationships of the table, shown last, or add one to the "
                "database with relationships_of<row, …>");
};

// Enumerations.

template <fixed_string... EnumeratorAndEnumeration>
struct enumerator_has_no_name {
  static_assert(sizeof...(EnumeratorAndEnumeration) == 0,
                "a row with this value could not be stored: name each enumerator in the names of "
                "enum_names, as enum_name{enumeration::enumerator, \"TEXT\"}");
};
template <fixed_string... Enumeration>
struct enumeration_has_no_enumerators {
  static_assert(sizeof...(Enumeration) == 0,
                "no row could have a value: name the enumerators in the names of enum_names");
};
template <fixed_string... TextOrEnumerator>
struct enumeration_names_one_twice {
  static_assert(sizeof...(TextOrEnumerator) == 0,
                "an enumerator has one name and a name stands for one enumerator: leave out the "
                "second");
};
template <fixed_string... Text>
struct enumerator_name_is_not_text {
  static_assert(sizeof...(Text) == 0,
                "the name of an enumerator is UTF-8 without a NUL, which no database takes");
};
template <fixed_string... Enumeration>
struct enumeration_has_no_fixed_underlying_type {
  static_assert(sizeof...(Enumeration) == 0,
                "write enum class, or enum with its type as in `enum color : int`, so that every "
                "value can be looked at");
};
template <fixed_string... Enumeration>
struct names_of_an_enumeration_are_not_named {
  static_assert(sizeof...(Enumeration) == 0,
                "the names of enum_names are tied to the enumerators by value: write "
                "std::array names{enum_name{enumeration::enumerator, \"TEXT\"}, …}");
};

// Names.

template <fixed_string... NameAndTable>
struct identifier_is_not_legal_or_longer_than_63_bytes {
  static_assert(sizeof...(NameAndTable) == 0,
                "an identifier is [a-z_][a-z0-9_]* and at most 63 bytes long, and so are the "
                "ck_{table}_{column} of a column with a CHECK and the {key}_set_null of a key; "
                "shorten or rename it");
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
template <fixed_string... NameAndTable>
struct name_is_reserved {
  static_assert(sizeof...(NameAndTable) == 0,
                "PostgreSQL, SQLite or Nava has something of its own under this name; choose "
                "another");
};
template <fixed_string... Name>
struct two_tables_share_the_name {
  static_assert(sizeof...(Name) == 0, "list a table once, under a name of its own");
};
template <fixed_string... NameAndTable>
struct two_columns_share_the_name {
  static_assert(sizeof...(NameAndTable) == 0, "a column name stands once in its table");
};

// Columns, keys, indexes and actions.

template <fixed_string... ColumnAndTable>
struct column_is_a_member_of_another_row {
  static_assert(sizeof...(ColumnAndTable) == 0,
                "a column is bound to a member of the table's own row or of a base of it");
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
template <fixed_string... Table>
struct table_has_no_primary_key_in_first_place {
  static_assert(sizeof...(Table) == 0,
                "name one primary_key<…> before the table's other keys and indexes");
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
template <fixed_string... Table>
struct member_of_the_row_has_no_column {
  static_assert(sizeof...(Table) == 0,
                "it would be lost with every row that is stored: add a column<…> for each member, "
                "or name those that are not to be stored in not_stored<&row::member>");
};
template <fixed_string... Table>
struct member_is_stored_and_not_stored {
  static_assert(sizeof...(Table) == 0, "name a member in a column<…> or in not_stored<…>, once");
};
template <fixed_string... KeyTableAndColumn>
struct key_has_a_column_without_one_form {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "JSON and arrays that are equal may be written in several ways, and the two "
                "databases differ in which they take for equal: make a key of columns of other "
                "types");
};
template <fixed_string... ValueColumnAndTable>
struct default_is_no_value_of_its_column {
  static_assert(sizeof...(ValueColumnAndTable) == 0,
                "the text of a default is a value of its column, all digits of a decimal written "
                "out; of JSON and arrays an empty one, of a time now");
};
template <fixed_string... NameTableAndColumns>
struct expression_takes_a_decimal_for_a_number {
  static_assert(sizeof...(NameTableAndColumns) == 0,
                "SQLite counts a decimal in units of its last digit: let it stand beside zero and "
                "decimals of as many digits behind the point, and what else there is in an "
                "expression of its own");
};
template <fixed_string... NameAndTable>
struct sql_expression_is_not_whole {
  static_assert(sizeof...(NameAndTable) == 0,
                "an expression, or the condition of a CHECK or an index, is not empty, closes its "
                "parentheses and quotes, and has no semicolon, comment or NUL");
};
template <fixed_string... KeysAndTable>
struct two_keys_have_the_same_columns {
  static_assert(sizeof...(KeysAndTable) == 0,
                "PostgreSQL leaves the second out without a word: keep one of the keys");
};
template <fixed_string... KeyAndTable>
struct key_has_more_than_32_columns {
  static_assert(sizeof...(KeyAndTable) == 0, "PostgreSQL takes 32 columns in a key or an index");
};
template <fixed_string... Table>
struct table_has_more_than_500_parts {
  static_assert(
      sizeof...(Table) == 0,
      "a row that wide fits no page of PostgreSQL, and the compiler takes minutes for it: "
      "put columns into a table of their own or into one of json::object");
};
template <fixed_string... KeyTableAndColumn>
struct foreign_key_column_has_no_exact_equality {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "floating point numbers, JSON and arrays that are equal may be written in several "
                "ways: refer by a column of another type");
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
  template <auto>
  static constexpr bool has_column_with = true;
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
template <fixed_string... None>
struct row_has_no_table_in_this_database {
  static_assert(sizeof...(None) != 0, "list the table of this row in the database<…>");
};
template <fixed_string... RelationshipAndTable>
struct relationship_target_is_not_a_table_of_this_database {
  using type = missing_table;
  static_assert(sizeof...(RelationshipAndTable) == 0,
                "list the table that the relationship leads to in the same database<…>");
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
template <fixed_string... KeyTableAndColumn>
struct set_null_in_names_no_column_of_its_key {
  static_assert(sizeof...(KeyTableAndColumn) == 0,
                "ON DELETE SET NULL sets columns of the foreign key itself: name members of it in "
                "set_null_in<…>, each once");
};
template <fixed_string... KeyAndTable>
struct foreign_key_leads_to_its_own_columns {
  static_assert(sizeof...(KeyAndTable) == 0,
                "every row refers to itself, which says nothing: let the key lead from other "
                "columns");
};
template <fixed_string... KeysAndTable>
struct two_foreign_keys_have_the_same_columns {
  static_assert(
      sizeof...(KeysAndTable) == 0,
      "a column that refers to two rows can be set to neither alone, and which of two "
      "actions runs first is not defined: keep one of the keys, or give the other columns "
      "of its own");
};
template <fixed_string... KeysAndTables>
struct foreign_keys_that_are_never_null_form_a_cycle {
  static_assert(sizeof...(KeysAndTables) == 0,
                "no first row can be inserted: make the member of one of the keys shown "
                "std::optional, or a key deferred and insert by SQL of your own, in one "
                "transaction");
};
template <fixed_string... KeyTableAndTarget>
struct restrict_stands_beside_a_cascade {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "one delete reaches the rows of both tables by cascade, and SQLite refuses it or "
                "not by the order of the tables: write no_action, which is checked at the end, or "
                "cascade");
};
template <fixed_string... KeyAndTable>
struct foreign_key_leads_to_a_base_of_other_rows {
  using type = missing_table;
  static_assert(sizeof...(KeyAndTable) == 0,
                "the members it leads to belong to a base of other rows: say whose they are, with "
                "members_of<row, &row::member>");
};
template <fixed_string... Table>
struct not_stored_names_no_member {
  static_assert(
      sizeof...(Table) == 0,
      "not_stored<…> takes pointers to members of the table's own row or of a base of it");
};

// Relationships.

template <fixed_string... NameAndTable>
struct two_relationships_share_the_name {
  static_assert(sizeof...(NameAndTable) == 0, "give each relationship of a table its own name");
};
template <fixed_string... RelationshipTablesAndKeys>
struct ambiguous_foreign_key_path {
  static_assert(sizeof...(RelationshipTablesAndKeys) == 0,
                "more than one way leads along foreign keys between the two tables: name the key "
                "to follow, with via<&row::member> or via_constraint<\"name\">");
};
template <fixed_string... RelationshipTablesAndKeys>
struct relationship_follows_no_foreign_key {
  static_assert(sizeof...(RelationshipTablesAndKeys) == 0,
                "a relationship follows a foreign key that leads straight between its two tables: "
                "name one of those shown, or add one; over a third table, relate each to that");
};
template <fixed_string... RelationshipTablesAndKey>
struct to_many_follows_a_key_of_its_own_table {
  static_assert(sizeof...(RelationshipTablesAndKey) == 0,
                "a row with this key refers to one row of the target: write to_one, or name a key "
                "of the target table");
};
template <fixed_string... RelationshipTablesAndKey>
struct to_one_follows_a_key_that_is_not_unique {
  static_assert(sizeof...(RelationshipTablesAndKey) == 0,
                "several rows of the target may refer to one row here: write to_many, or make the "
                "columns of the key unique");
};
template <fixed_string... RelationshipTablesAndKey>
struct to_one_and_its_key_differ_in_nullability {
  static_assert(sizeof...(RelationshipTablesAndKey) == 0,
                "write std::optional<row> as the target if, and only if, there may be none: the "
                "key is nullable, or is a key of the target table");
};
template <fixed_string... RelationshipPartnerAndTables>
struct back_populates_names_no_partner {
  static_assert(sizeof...(RelationshipPartnerAndTables) == 0,
                "back_populates names a relationship of the target table that leads back here and "
                "names this one in its own back_populates");
};
template <fixed_string... RelationshipsTablesAndKeys>
struct back_populates_pair_follows_two_foreign_keys {
  static_assert(sizeof...(RelationshipsTablesAndKeys) == 0,
                "the two relationships of a pair follow one foreign key: name the same in both, "
                "with via<&row::member> or via_constraint<\"name\">");
};
template <fixed_string... RelationshipsAndTable>
struct back_populates_pair_goes_one_way {
  static_assert(sizeof...(RelationshipsAndTable) == 0,
                "of a pair from a table to itself one leads back: it is to_many, or to_one with "
                "backward");
};
template <fixed_string... RelationshipAndTables>
struct backward_leads_to_another_table {
  static_assert(
      sizeof...(RelationshipAndTables) == 0,
      "between two tables the key says which way a relationship goes: leave backward out");
};

// Tables that join the workflow family, and databases that are distributed.

template <fixed_string... KeyTableAndExpectedName>
struct key_to_workflow_is_not_named_fk_table_column {
  static_assert(sizeof...(KeyTableAndExpectedName) == 0,
                "a foreign key to workflow is called fk_{table}_{column}, the last name shown; "
                "workflow_foreign_key<&row::member> calls it so");
};
template <fixed_string... TableAndKey>
struct primary_key_does_not_begin_with_the_workflow_id {
  static_assert(sizeof...(TableAndKey) == 0,
                "the primary key of a table that dies with its workflow begins with the column of "
                "that foreign key, so that the rows of a workflow lie together");
};
template <fixed_string... UniqueKeyTableAndColumn>
struct unique_key_lacks_the_distribution_column {
  static_assert(sizeof...(UniqueKeyTableAndColumn) == 0,
                "no node sees all rows: let every unique key of a distributed table have the last "
                "column shown");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_lacks_the_distribution_column {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "the two rows may lie on two nodes: let a foreign key between distributed tables "
                "lead from the workflow's id to the workflow's id");
};
template <fixed_string... KeyTableAndTarget>
struct reference_table_refers_to_a_distributed_table {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a table outside the workflow family stands on every node and cannot refer to "
                "rows that lie on one: give it a workflow_foreign_key, or drop the key");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_keeps_a_workflow_from_being_deleted {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "one row would stop erase and a whole batch of a purge: let the key cascade or set "
                "NULL, or, in a table that dies with its workflow, lead from the workflow's id to "
                "the workflow's id");
};
template <fixed_string... KeyTableAndTarget>
struct deferrable_key_leads_into_the_workflow_family {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "a commit of Nava would learn at its end that a row is missing, with all that were "
                "joined to it: let a key into the tables of a workflow be checked at once");
};
template <fixed_string... KeyTableAndTarget>
struct foreign_key_leads_to_what_a_layout_lacks {
  static_assert(sizeof...(KeyTableAndTarget) == 0,
                "partitioned, no table has a unique key without the workflow's id: let a key to "
                "workflow lead to its id");
};
template <fixed_string... NameTableAndPrefix>
struct name_is_taken_by_a_layout {
  static_assert(sizeof...(NameTableAndPrefix) == 0,
                "partitioned, the table shown last has partitions, or is one, of this name: choose "
                "another");
};

}  // namespace nava::schema::rules
