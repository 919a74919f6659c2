// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/relationship.hpp>
#include <nava/schema/relationship_rules.hpp>

/// `database<tables…>` puts tables together, and relationships_of<…> where a table lacks some,
/// resolves foreign keys to the tables they lead to, and holds the whole schema to the rules. A
/// schema that breaks one does not compile.
namespace nava::schema {

namespace detail {

template <rules::culprits (*Search)(const database_description&),
          const database_description& Database>
inline constexpr rules::culprits found = Search(Database);

template <template <fixed_string...> class Rule,
          rules::culprits (*Search)(const database_description&),
          const database_description& Database>
consteval bool obeys() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return sizeof(Rule<fixed_string<found<Search, Database>[I].view().size() + 1>{
                      found<Search, Database>[I].view()}...>) != 0;
  }
  (std::make_index_sequence<found<Search, Database>.size()>{});
}

template <class... Types, class... Others>
list<Types..., Others...> operator+(list<Types...>, list<Others...>);

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

template <class Tables, class Additions>
class checked_database;

template <class... Tables, class... Additions>
class checked_database<list<Tables...>, list<Additions...>> {
  // A row type is found by one deduction among bases; two tables with one make it ambiguous.
  template <class Row, class Missing>
  static constexpr auto find_table() {
    using found = decltype(table_with<Row, Missing>(static_cast<rows_of<Tables...>*>(nullptr)));
    return found{};
  }

  template <class Key, class Table>
  using target_of =
      typename decltype(find_table<typename Key::target_row,
                                   rules::foreign_key_target_is_not_a_table_of_this_database<
                                       Key::template name<Table>, Table::name>>())::type;
  template <class Relationship, class Table>
  using related_by =
      typename decltype(find_table<typename Relationship::target_row,
                                   rules::relationship_target_is_not_a_table_of_this_database<
                                       Relationship::name, Table::name>>())::type;

  template <class Table, class Part, std::size_t Size>
  static constexpr void add_key(std::array<foreign_key_description, Size>& all, std::size_t& next) {
    if constexpr (ForeignKey<Part>) {
      using target = target_of<Part, Table>;
      if constexpr (!Part::types_match)
        (void)sizeof(rules::foreign_key_type_differs_from_its_target<Part::template name<Table>,
                                                                     Table::name, target::name>);
      all[next++] = Part::template description<Table, target>;
    }
  }

  template <class Table>
  static constexpr auto foreign_keys_of = []<class... Parts>(list<Parts...>) {
    std::array<foreign_key_description, (std::size_t{ForeignKey<Parts>} + ... + 0)> all{};
    std::size_t next = 0;
    (add_key<Table, Parts>(all, next), ...);
    return all;
  }(typename Table::parts{});

  template <class Table, class Addition>
  using added_to =
      std::conditional_t<std::is_same_v<typename Addition::row_type, typename Table::row_type>,
                         typename Addition::parts, list<>>;

 public:
  /// The parts of a table, and the relationships that relationships_of<…> adds.
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

  static constexpr std::array tables{table_description{
      Tables::name.view(), Tables::column_descriptions, Tables::index_descriptions,
      foreign_keys_of<Tables>, relationships_of<Tables>, Tables::fill_percent,
      Tables::storage_parameters}...};

 public:
  /// The table whose row is `Row`.
  template <class Row>
  using table_of =
      typename decltype(find_table<Row, rules::row_has_no_table_in_this_database<>>())::type;

  /// The schema as plain data.
  static constexpr database_description description{tables};

 private:
  template <template <fixed_string...> class Rule,
            rules::culprits (*Search)(const database_description&)>
  static constexpr bool obeys = detail::obeys<Rule, Search, description>();

  template <class Table>
  static consteval bool has_a_row_of_its_own() {
    using found = decltype(find_table<typename Table::row_type, std::type_identity<void>>());
    if constexpr (!std::is_same_v<typename found::type, Table>)
      return sizeof(rules::two_tables_share_the_row<Table::name>) != 0;
    return true;
  }
  static_assert((has_a_row_of_its_own<Tables>() && ... && true));
  static_assert(((sizeof(table_of<typename Additions::row_type>) != 0) && ... && true));

  static_assert(obeys<rules::two_tables_share_the_name, rules::shared_table_name>);
  static_assert(obeys<rules::two_columns_share_the_name, rules::shared_column_name>);
  static_assert(
      obeys<rules::two_foreign_keys_share_the_constraint_name, rules::shared_foreign_key_name>);
  static_assert(obeys<rules::two_indexes_share_the_name, rules::shared_index_name>);
  static_assert(
      obeys<rules::two_constraints_of_a_table_share_the_name, rules::shared_constraint_name>);
  static_assert(obeys<rules::key_names_a_column_twice, rules::repeated_column_of_a_key>);
  static_assert(obeys<rules::name_is_reserved, rules::reserved_name>);
  static_assert(obeys<rules::foreign_key_column_has_no_exact_equality, rules::inexact_foreign_key>);
  static_assert(
      obeys<rules::identifier_is_not_legal_or_longer_than_63_bytes, rules::illegal_identifier>);
  static_assert(obeys<rules::table_has_no_primary_key_in_first_place, rules::missing_primary_key>);
  static_assert(
      obeys<rules::foreign_key_target_is_not_a_key, rules::foreign_key_without_target_key>);
  static_assert(obeys<rules::foreign_key_is_not_covered_by_an_index, rules::uncovered_foreign_key>);
  static_assert(obeys<rules::primary_key_column_is_nullable, rules::nullable_primary_key>);
  static_assert(obeys<rules::foreign_key_leads_to_a_nullable_column, rules::nullable_target>);
  static_assert(
      obeys<rules::foreign_key_has_several_nullable_columns, rules::half_checked_foreign_key>);
  static_assert(
      obeys<rules::set_null_on_a_column_that_is_not_nullable, rules::set_null_on_not_null>);
  static_assert(obeys<rules::two_relationships_share_the_name, rules::shared_relationship_name>);
  static_assert(obeys<rules::relationship_follows_no_foreign_key, rules::relationship_without_key>);
  static_assert(obeys<rules::ambiguous_foreign_key_path, rules::ambiguous_relationship>);
  static_assert(obeys<rules::to_many_follows_a_key_of_its_own_table, rules::to_many_along_own_key>);
  static_assert(
      obeys<rules::to_one_follows_a_key_that_is_not_unique, rules::to_one_along_shared_key>);
  static_assert(
      obeys<rules::to_one_and_its_key_differ_in_nullability, rules::differing_nullability>);
  static_assert(obeys<rules::back_populates_names_no_partner, rules::missing_partner>);
  static_assert(
      obeys<rules::back_populates_pair_follows_two_foreign_keys, rules::pair_along_two_keys>);
  static_assert(obeys<rules::back_populates_pair_goes_one_way, rules::pair_in_one_direction>);
};

template <class Part>
concept Addition = requires {
  typename Part::is_addition;
};

}  // namespace detail

template <class... Parts>
class database
    : public detail::checked_database<
          decltype((
              detail::list<>{} + ... +
              std::conditional_t<detail::Addition<Parts>, detail::list<>, detail::list<Parts>>{})),
          decltype((detail::list<>{} + ... +
                    std::conditional_t<detail::Addition<Parts>, detail::list<Parts>,
                                       detail::list<>>{}))> {};

}  // namespace nava::schema
