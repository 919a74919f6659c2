// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler prints the message of a refusal within a few lines.
#include <nava/schema/refusals.hpp>

#include <nava/schema/relationship.hpp>
#include <nava/schema/relationship_rules.hpp>

/// `database<tables…>` lists the tables of a schema, and `relationships_of<…>` for tables that lack
/// some. It resolves each foreign key to its target table and checks the whole schema. A schema
/// that breaks a rule does not compile. Types and constants; safe to use from any thread.
namespace nava::schema {

namespace detail {

template <class Row, std::size_t Place, class Table>
struct row_entry {};
template <class Places, class... Tables>
struct row_entries;
template <std::size_t... Places, class... Tables>
struct row_entries<std::index_sequence<Places...>, Tables...>
    : row_entry<typename Tables::row_type, Places, Tables>... {};
template <class... Tables>
using rows_of = row_entries<std::index_sequence_for<Tables...>, Tables...>;

template <class Row, class Missing, std::size_t Place, class Table>
std::type_identity<Table> table_with(const row_entry<Row, Place, Table>*);
template <class Row, class Missing>
Missing table_with(const void*);

// Finds the table of a row type by one deduction among bases. Two tables of one row type make it
// ambiguous.
template <class Rows, class Row, class Missing>
using entry_of = decltype(table_with<Row, Missing>(static_cast<Rows*>(nullptr)));

template <class Row, fixed_string Name, class... Parts>
void as_table(const table<Row, Name, Parts...>*);
template <class Part>
concept Table = requires(Part* part) {
  as_table(part);
};

template <class Part>
inline constexpr bool is_addition = false;
template <class Row, class... Relationships>
inline constexpr bool is_addition<relationships_of<Row, Relationships...>> = true;

template <class Part>
concept Known = Table<Part> || is_addition<Part>;
template <class Part>
struct checked_member : rules::is_no_part_of_a_database<Part> {};
template <Known Part>
struct checked_member<Part> {};

// Stands for a database that was refused already, so that the compiler prints no further message.
struct refused_database {
  static constexpr database_description description{};
  template <class Row>
  using table_of = rules::missing_table;
  template <class Table>
  using parts_of = list<>;
};

template <class Tables, class Additions>
class checked_database;

template <class... Tables, class... Additions>
class checked_database<list<Tables...>, list<Additions...>> {
  template <class Row>
  static constexpr std::size_t heirs_of =
      (std::size_t{std::is_base_of_v<Row, typename Tables::row_type>} + ... + 0);

  // The table that a foreign key leads to. A member of a base does not say which row it belongs to;
  // members_of<row, …> does.
  template <class Members, class Missing, class Ambiguous>
  static consteval auto table_led_to() {
    using row = typename Members::row_type;
    using exact = entry_of<rows_of<Tables...>, row, void>;
    constexpr std::size_t others = heirs_of<row> - (std::is_void_v<exact> ? 0 : 1);
    if constexpr (!Members::is_of_a_row && others > 0)
      return Ambiguous{};
    else if constexpr (std::is_void_v<exact>)
      return Missing{};
    else
      return exact{};
  }

  template <class Key, class Table>
  using target_of =
      typename decltype(table_led_to<typename Key::target_members,
                                     rules::foreign_key_target_is_not_a_table_of_this_database<
                                         Key::template name<Table>, Table::name>,
                                     rules::foreign_key_leads_to_a_base_of_other_rows<
                                         Key::template name<Table>, Table::name>>())::type;
  template <class Relationship, class Table>
  using related_by = typename entry_of<rows_of<Tables...>, typename Relationship::target_row,
                                       rules::relationship_target_is_not_a_table_of_this_database<
                                           Relationship::name, Table::name>>::type;

  // False for a key that cannot be described. Such a key was refused already.
  template <class Key, class Table>
  static consteval bool is_described_key() {
    if constexpr (ForeignKey<Key>)
      if constexpr (std::is_same_v<typename part_check<Key, Table::name>::type,
                                   rules::well_formed> &&
                    columns_check<Key, Table>::fits)
        return sizeof(typename target_check<typename Key::target_members,
                                            target_of<Key, Table>>::type) != 0 &&
               target_check<typename Key::target_members, target_of<Key, Table>>::fits;
    return false;
  }

  template <class Table, class Part, std::size_t Size>
  static constexpr void add_key(std::array<foreign_key_description, Size>& all, std::size_t& next) {
    if constexpr (is_described_key<Part, Table>()) {
      using target = target_of<Part, Table>;
      if constexpr (!Part::types_match)
        (void)sizeof(rules::foreign_key_type_differs_from_its_target<Part::template name<Table>,
                                                                     Table::name, target::name>);
      all[next++] = Part::template description<Table, target>;
    }
  }

  template <class Table>
  static constexpr auto foreign_keys_of = []<class... Parts>(list<Parts...>) {
    std::array<foreign_key_description, (std::size_t{is_described_key<Parts, Table>()} + ... + 0)>
        all{};
    std::size_t next = 0;
    (add_key<Table, Parts>(all, next), ...);
    return all;
  }(typename Table::parts{});

  template <class Table, class Addition>
  using added_to =
      std::conditional_t<std::is_same_v<typename Addition::row_type, typename Table::row_type>,
                         typename Addition::parts, list<>>;

 public:
  /// The parts of a table and the relationships that relationships_of<…> adds.
  template <class Table>
  using parts_of = decltype((typename Table::parts{} + ... + added_to<Table, Additions>{}));

 private:
  template <class Table, class Part, std::size_t Size>
  static constexpr void add_relationship(std::array<relationship_description, Size>& all,
                                         std::size_t& next) {
    if constexpr (Relationship<Part>)
      all[next++] = Part::template description<Table, related_by<Part, Table>>;
  }

  template <class Table>
  static constexpr auto relationships_of = []<class... Parts>(list<Parts...>) {
    std::array<relationship_description, (std::size_t{Relationship<Parts>} + ... + 0)> all{};
    std::size_t next = 0;
    (add_relationship<Table, Parts>(all, next), ...);
    return all;
  }(parts_of<Table>{});

  static constexpr std::array tables{table_description{Tables::name.view(),
                                                       Tables::column_descriptions,
                                                       Tables::index_descriptions,
                                                       foreign_keys_of<Tables>,
                                                       relationships_of<Tables>,
                                                       Tables::fill_percent,
                                                       Tables::storage_parameters,
                                                       {},
                                                       Tables::condition_descriptions}...};

 public:
  /// The table whose row type is `Row`; does not compile where there is none.
  template <class Row>
  using table_of =
      typename entry_of<rows_of<Tables...>, Row, rules::row_has_no_table_in_this_database<>>::type;

  /// The schema as plain data.
  static constexpr database_description description{tables};

 private:
  template <rules::culprits (*Search)(const database_description&)>
  static constexpr const rules::culprits& found = rules::found<Search, description>;

  template <class Table>
  static consteval bool has_a_row_of_its_own() {
    using found = entry_of<rows_of<Tables...>, typename Table::row_type, std::type_identity<void>>;
    if constexpr (!std::is_same_v<typename found::type, Table>)
      return sizeof(rules::two_tables_share_the_row<Table::name>) != 0;
    return true;
  }
  static_assert((has_a_row_of_its_own<Tables>() && ... && true));
  static_assert(((sizeof(table_of<typename Additions::row_type>) != 0) && ... && true));

  static_assert(
      sizeof(rules::obeyed<rules::two_tables_share_the_name, found<rules::shared_table_name>>) !=
      0);
  static_assert(
      sizeof(rules::obeyed<rules::two_columns_share_the_name, found<rules::shared_column_name>>) !=
      0);
  static_assert(sizeof(rules::obeyed<rules::two_foreign_keys_share_the_constraint_name,
                                     found<rules::shared_foreign_key_name>>) != 0);
  static_assert(
      sizeof(rules::obeyed<rules::two_indexes_share_the_name, found<rules::shared_index_name>>) !=
      0);
  static_assert(sizeof(rules::obeyed<rules::two_constraints_of_a_table_share_the_name,
                                     found<rules::shared_constraint_name>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::key_names_a_column_twice,
                                     found<rules::repeated_column_of_a_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::name_is_reserved, found<rules::reserved_name>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_column_has_no_exact_equality,
                                     found<rules::inexact_foreign_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::identifier_is_not_legal_or_longer_than_63_bytes,
                                     found<rules::illegal_identifier>>) != 0);
  static_assert(
      sizeof(rules::obeyed<rules::key_has_more_than_32_columns, found<rules::too_wide_key>>) != 0);
  static_assert(
      sizeof(rules::obeyed<rules::two_keys_have_the_same_columns, found<rules::keys_alike>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::key_has_a_column_without_one_form,
                                     found<rules::several_forms_in_a_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::default_is_no_value_of_its_column,
                                     found<rules::default_of_no_value>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::identity_is_not_the_primary_key,
                                     found<rules::identity_beside_the_key>>) != 0);
  static_assert(
      sizeof(rules::obeyed<rules::sql_expression_is_not_whole, found<rules::broken_expression>>) !=
      0);
  static_assert(sizeof(rules::obeyed<rules::expression_takes_a_decimal_for_a_number,
                                     found<rules::decimal_among_numbers>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::table_has_no_primary_key_in_first_place,
                                     found<rules::missing_primary_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_target_is_not_a_key,
                                     found<rules::foreign_key_without_target_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_is_not_covered_by_an_index,
                                     found<rules::uncovered_foreign_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::primary_key_column_is_nullable,
                                     found<rules::nullable_primary_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_leads_to_a_nullable_column,
                                     found<rules::nullable_target>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_has_several_nullable_columns,
                                     found<rules::half_checked_foreign_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::set_null_on_a_column_that_is_not_nullable,
                                     found<rules::set_null_on_not_null>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::set_null_in_names_no_column_of_its_key,
                                     found<rules::set_null_beside_the_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_key_leads_to_its_own_columns,
                                     found<rules::key_to_itself>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::two_foreign_keys_have_the_same_columns,
                                     found<rules::keys_of_the_same_columns>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::foreign_keys_that_are_never_null_form_a_cycle,
                                     found<rules::cycle_of_required_keys>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::restrict_stands_beside_a_cascade,
                                     found<rules::restrict_beside_a_delete>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::two_relationships_share_the_name,
                                     found<rules::shared_relationship_name>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::relationship_follows_no_foreign_key,
                                     found<rules::relationship_without_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::ambiguous_foreign_key_path,
                                     found<rules::ambiguous_relationship>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::to_many_follows_a_key_of_its_own_table,
                                     found<rules::to_many_along_own_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::to_one_follows_a_key_that_is_not_unique,
                                     found<rules::to_one_along_shared_key>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::to_one_and_its_key_differ_in_nullability,
                                     found<rules::differing_nullability>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::backward_leads_to_another_table,
                                     found<rules::backward_to_another_table>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::back_populates_names_no_partner,
                                     found<rules::missing_partner>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::back_populates_pair_follows_two_foreign_keys,
                                     found<rules::pair_along_two_keys>>) != 0);
  static_assert(sizeof(rules::obeyed<rules::back_populates_pair_goes_one_way,
                                     found<rules::pair_in_one_direction>>) != 0);
};

template <class Part>
using as_table_list = std::conditional_t<is_addition<Part>, list<>, list<Part>>;
template <class Part>
using as_addition_list = std::conditional_t<is_addition<Part>, list<Part>, list<>>;

template <class... Parts>
consteval auto database_of() {
  if constexpr ((Known<Parts> && ...))
    return std::type_identity<
        checked_database<decltype((list<>{} + ... + as_table_list<Parts>{})),
                         decltype((list<>{} + ... + as_addition_list<Parts>{}))>>{};
  else
    return std::type_identity<refused_database>{};
}

}  // namespace detail

/// A schema. `description` is the schema as plain data; `table_of<row>` is the table of a row type.
template <class... Parts>
class database : public decltype(detail::database_of<Parts...>())::type {
  static_assert(((sizeof(detail::checked_member<Parts>) != 0) && ...));
};

}  // namespace nava::schema
