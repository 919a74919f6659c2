// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/rules.hpp>

/// `database<tables…>` puts tables together, resolves foreign keys to the tables
/// they lead to, and holds the whole schema to the rules. A schema that breaks one
/// does not compile.
namespace nava::schema {

namespace detail {

template <rules::finding (*Search)(const database_description&),
          const database_description& Database>
inline constexpr rules::finding found = Search(Database);

template <template <fixed_string...> class Rule,
          rules::finding (*Search)(const database_description&),
          const database_description& Database>
consteval bool obeys() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    return sizeof(Rule<fixed_string<found<Search, Database>.names[I].size() + 1>{
                      found<Search, Database>.names[I]}...>) != 0;
  }
  (std::make_index_sequence<found<Search, Database>.size()>{});
}

/// Is an error, naming the key, unless the types of `Key` are those of its target.
template <class Key, class Table, class Target>
consteval bool types_match() {
  if constexpr (!Key::types_match)
    return sizeof(rules::foreign_key_type_differs_from_its_target<Key::template name<Table>,
                                                                  Table::name, Target::name>) != 0;
  return true;
}

}  // namespace detail

template <class... Tables>
class database {
  /// The table whose row is `Row`; `Key` of `Table` leads there.
  template <class Row, class Key, class Table, class Candidate, class... Others>
  static constexpr auto find_table() {
    if constexpr (std::is_same_v<typename Candidate::row_type, Row>)
      return std::type_identity<Candidate>{};
    else if constexpr (sizeof...(Others) > 0)
      return find_table<Row, Key, Table, Others...>();
    else
      return rules::foreign_key_target_is_not_a_table_of_this_database<Key::template name<Table>,
                                                                       Table::name>{};
  }
  template <class Key, class Table>
  using target_of =
      typename decltype(find_table<typename Key::target_row, Key, Table, Tables...>())::type;

  template <class Table>
  static constexpr auto foreign_keys_of = []<class... Keys>(std::tuple<Keys...>) {
    static_assert((detail::types_match<Keys, Table, target_of<Keys, Table>>() && ... && true));
    return std::array<foreign_key_description, sizeof...(Keys)>{
        Keys::template description<Table, target_of<Keys, Table>>...};
  }(typename Table::foreign_keys{});

  static constexpr std::array tables{table_description{
      Tables::name.view(), Tables::column_descriptions, Tables::index_descriptions,
      foreign_keys_of<Tables>, Tables::fill_percent}...};

 public:
  /// The schema as plain data.
  static constexpr database_description description{tables};

 private:
  template <template <fixed_string...> class Rule,
            rules::finding (*Search)(const database_description&)>
  static constexpr bool obeys = detail::obeys<Rule, Search, description>();

  static_assert(obeys<rules::two_tables_share_the_name, rules::shared_table_name>);
  static_assert(obeys<rules::two_columns_share_the_name, rules::shared_column_name>);
  static_assert(
      obeys<rules::two_foreign_keys_share_the_constraint_name, rules::shared_foreign_key_name>);
  static_assert(obeys<rules::two_indexes_share_the_name, rules::shared_index_name>);
  static_assert(
      obeys<rules::identifier_is_not_legal_or_longer_than_63_bytes, rules::illegal_identifier>);
  static_assert(obeys<rules::table_has_no_primary_key_in_first_place, rules::missing_primary_key>);
  static_assert(
      obeys<rules::foreign_key_target_is_not_a_key, rules::foreign_key_without_target_key>);
  static_assert(obeys<rules::foreign_key_is_not_covered_by_an_index, rules::uncovered_foreign_key>);
};

}  // namespace nava::schema
