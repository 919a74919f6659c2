// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler prints the message of a refusal within a few lines.
#include <nava/schema/refusals.hpp>

#include <nava/schema/table.hpp>

/// Relationships between described tables, as parts of a table:
///
///     to_many<"contacts", contact, via<&contact::organization_id>, back_populates<"organization">>
///     to_one<"billing_contact", std::optional<contact>, via<&organization::billing_contact_id>>
///
/// A relationship follows one foreign key, of its own table or of the other. The key may be left
/// out where exactly one foreign key leads between the two tables. It must be named where there are
/// several: in either direction, from a table to itself, or over other tables. Otherwise the schema
/// does not compile.
///
/// Types and constants; safe to use from any thread.
namespace nava::schema {

/// Names the foreign key to follow by its columns, which are members of the row that has the key.
template <auto... Members>
struct via : members<Members...> {};

/// Names the foreign key to follow by its constraint name.
template <fixed_string Name>
struct via_constraint {
  static constexpr auto constraint = Name;  ///< of a key of either table
};

/// Leads from a row to the row of the same table that refers to it: back along a key of a table to
/// itself. It is for a to_one; a to_many leads back in any case.
struct backward {};

/// Names the relationship of the other table that leads back along the same key. The two name each
/// other.
template <fixed_string Name>
struct back_populates {
  static constexpr auto partner = Name;  ///< the name of the relationship that leads back
};

namespace detail {

enum class option_kind { none, via, via_constraint, back_populates, backward };
template <class Option>
inline constexpr option_kind kind_of_option = option_kind::none;
template <auto... Members>
inline constexpr option_kind kind_of_option<via<Members...>> = option_kind::via;
template <fixed_string Name>
inline constexpr option_kind kind_of_option<via_constraint<Name>> = option_kind::via_constraint;
template <fixed_string Name>
inline constexpr option_kind kind_of_option<back_populates<Name>> = option_kind::back_populates;
template <>
inline constexpr option_kind kind_of_option<backward> = option_kind::backward;

template <class Option>
concept NamesKey = (kind_of_option<Option> == option_kind::via ||
                    kind_of_option<Option> == option_kind::via_constraint);
template <class Option>
concept NamesPartner = (kind_of_option<Option> == option_kind::back_populates);
template <class Option>
concept LeadsBackward = (kind_of_option<Option> == option_kind::backward);

template <class... Options>
inline constexpr bool are_options = ((kind_of_option<Options> != option_kind::none) && ...);
template <class Option>
inline constexpr bool names_nothing = std::is_same_v<Option, via<>>;
template <class Option>
inline constexpr bool names_several_rows = false;
template <auto First, auto... Members>
inline constexpr bool names_several_rows<via<First, Members...>> =
    std::is_void_v<row_of<First, Members...>>;

// The rule that a relationship breaks by itself.
template <fixed_string Name, bool Many, class Target, class... Options>
struct relationship_check {
  static consteval auto broken() {
    if constexpr (!are_options<Options...>)
      return std::type_identity<rules::is_no_part_of_a_relationship<Name, Options...>>{};
    else if constexpr ((names_nothing<Options> || ...))
      return std::type_identity<rules::relationship_names_no_key_in_via<Name>>{};
    else if constexpr ((names_several_rows<Options> || ...))
      return std::type_identity<rules::members_belong_to_several_rows<Name>>{};
    else if constexpr ((std::size_t{NamesKey<Options>} + ... + 0) > 1)
      return std::type_identity<rules::relationship_names_two_keys<Name>>{};
    else if constexpr ((std::size_t{NamesPartner<Options>} + ... + 0) > 1)
      return std::type_identity<rules::relationship_has_two_partners<Name>>{};
    else if constexpr (Many && nullability<Target>::nullable)
      return std::type_identity<rules::to_many_has_an_optional_target<Name>>{};
    else
      return std::type_identity<rules::well_formed>{};
  }
  using type = typename decltype(broken())::type;
};

template <class Via, fixed_string Relationship, class Table, class Target>
constexpr void set_via(relationship_description& described) {
  using row = typename Via::row_type;
  using table_row = typename Table::row_type;
  using target_row = typename Target::row_type;
  constexpr bool is_here = std::is_base_of_v<row, table_row>;
  constexpr bool is_there = std::is_base_of_v<row, target_row>;
  if constexpr (is_here && is_there && !std::is_same_v<row, table_row> &&
                !std::is_same_v<row, target_row>) {
    (void)sizeof(
        rules::via_names_members_of_a_base_of_both_rows<Relationship, Table::name, Target::name>);
  } else if constexpr (is_here && !std::is_same_v<row, target_row>) {
    described.via_table = Table::name.view();
    described.via_columns = Via::template columns<Table>;
  } else if constexpr (is_there) {
    described.via_table = Target::name.view();
    described.via_columns = Via::template columns<Target>;
  } else {
    (void)sizeof(
        rules::via_names_members_of_neither_table<Relationship, Table::name, Target::name>);
  }
}

template <class Option, fixed_string Relationship, class Table, class Target>
constexpr void set_option(relationship_description& described) {
  if constexpr (kind_of_option<Option> == option_kind::via_constraint)
    described.via_constraint = Option::constraint.view();
  else if constexpr (kind_of_option<Option> == option_kind::back_populates)
    described.back_populates = Option::partner.view();
  else if constexpr (kind_of_option<Option> == option_kind::via)
    set_via<Option, Relationship, Table, Target>(described);
}

}  // namespace detail

/// A relationship; see to_one and to_many below. `Target` is the row type of the other table, in a
/// `std::optional` where there may be no row.
template <fixed_string Name, bool Many, class Target, class... Options>
struct relationship {
  using target_row = typename nullability<Target>::value_type;  ///< `Target` without std::optional
  static constexpr auto name = Name;  ///< unique in the table that it leads from
  static constexpr bool many = Many;  ///< leads to any number of rows; otherwise to at most one
  static constexpr bool optional = nullability<Target>::nullable;  ///< may lead to no row

  /// The relationship as plain data, where it leads from `Table` to `TargetTable`.
  template <class Table, class TargetTable>
  static constexpr relationship_description description = [] {
    relationship_description described;
    described.name = name.view();
    described.target_table = TargetTable::name.view();
    described.many = many;
    described.optional = optional;
    described.backward = (detail::LeadsBackward<Options> || ...);
    (detail::set_option<Options, name, Table, TargetTable>(described), ...);
    return described;
  }();
};

namespace detail {

template <fixed_string Name, bool Many, class Target, class... Options>
inline constexpr part_kind kind_of<relationship<Name, Many, Target, Options...>> =
    part_kind::relationship;

template <fixed_string Name, bool Many, class Target, class... Options, fixed_string Table>
struct part_check<relationship<Name, Many, Target, Options...>, Table> {
  using type = typename relationship_check<Name, Many, Target, Options...>::type;
};

template <class Part>
struct checked_relationship : rules::is_no_relationship<Part> {};
template <Relationship Part>
struct checked_relationship<Part> : part_check<Part, "">::type {};

}  // namespace detail

/// Relationships of a table that are not described with the table, such as those of Nava's tables
/// to an application's. It stands in a `database<…>` beside the tables.
template <class Row, class... Relationships>
struct relationships_of {
  static_assert(((sizeof(detail::checked_relationship<Relationships>) != 0) && ...));
  using row_type = Row;                          ///< the row of the table that they lead from
  using parts = detail::list<Relationships...>;  ///< the relationships, in the order given
};

/// Leads to at most one row: along a foreign key of this table, or back along a unique foreign key
/// of the other table. `Target` is a `std::optional` if, and only if, there may be no row.
template <fixed_string Name, class Target, class... Options>
using to_one = relationship<Name, false, Target, Options...>;

/// Leads to the rows of the other table that refer to this row.
template <fixed_string Name, class Target, class... Options>
using to_many = relationship<Name, true, Target, Options...>;

}  // namespace nava::schema
