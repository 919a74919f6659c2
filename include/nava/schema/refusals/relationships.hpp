// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of relationships.
namespace nava::schema::rules {

template <class Part>
struct is_no_relationship {
  static_assert(
      never<Part>,
      "relationships_of<row, …> takes to_one<…> and to_many<…>; columns, keys and indexes "
      "stand in the table of the row");
};
template <fixed_string Relationship, class... Options>
struct is_no_part_of_a_relationship {
  static_assert(sizeof...(Options) == 0,
                "after its name and row a relationship takes via<…> or via_constraint<…>, "
                "back_populates<…> and backward: write nothing else");
};
template <fixed_string... NameAndTable>
struct two_relationships_share_the_name {
  static_assert(sizeof...(NameAndTable) == 0, "give each relationship of a table its own name");
};
template <fixed_string... RelationshipAndTable>
struct relationship_target_is_not_a_table_of_this_database {
  using type = missing_table;
  static_assert(sizeof...(RelationshipAndTable) == 0,
                "list the table that the relationship leads to in the same database<…>");
};
template <fixed_string... RelationshipTableAndThoseItHas>
struct table_has_no_such_relationship {
  static_assert(sizeof...(RelationshipTableAndThoseItHas) == 0,
                "name one of the relationships of the table, shown last, or add one to the "
                "database with relationships_of<row, …>");
};
template <fixed_string... Relationship>
struct to_many_has_an_optional_target {
  static_assert(sizeof...(Relationship) == 0,
                "to_many takes a row type; it may find no row in any case");
};

// The key that is followed.

template <fixed_string... Relationship>
struct relationship_names_two_keys {
  static_assert(sizeof...(Relationship) == 0,
                "a relationship follows one key: write one via<…> or via_constraint<…>");
};
template <fixed_string... Relationship>
struct relationship_names_no_key_in_via {
  static_assert(sizeof...(Relationship) == 0, "via<…> names the members that make the foreign key");
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
template <fixed_string... RelationshipTablesAndKeys>
struct ambiguous_foreign_key_path {
  static_assert(sizeof...(RelationshipTablesAndKeys) == 0,
                "more than one way leads along foreign keys between the two tables: name the key "
                "to follow, with via<&row::member> or via_constraint<\"name\">");
};
template <fixed_string... RelationshipTablesAndKeys>
struct relationship_follows_no_foreign_key {
  static_assert(
      sizeof...(RelationshipTablesAndKeys) == 0,
      "a relationship follows a foreign key that connects its two tables directly: name one of "
      "those shown, or add one; over a third table, relate each table to that one");
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
                "write std::optional<row> as the target if, and only if, there may be no row: "
                "where the key is nullable, or is a key of the target table");
};

// Pairs.

template <fixed_string... Relationship>
struct relationship_has_two_partners {
  static_assert(sizeof...(Relationship) == 0,
                "a relationship has one partner: write one back_populates<…>");
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

}  // namespace nava::schema::rules
