// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/table.hpp>

/// Relationships between described tables, as parts of a table:
///
///     to_many<"contacts", contact, via<&contact::organization_id>, back_populates<"organization">>
///     to_one<"billing_contact", std::optional<contact>, via<&organization::billing_contact_id>>
///
/// A relationship follows one foreign key, of its own table or of the other. Where exactly one
/// foreign key leads between two tables it may be left out; where there are several, both ways,
/// from a table to itself or over other tables too, it must be named, or the schema does not
/// compile.
namespace nava::schema {

/// The foreign key to follow, by its columns: members of the row that has the key.
template <auto... Members>
struct via {
  static_assert(sizeof...(Members) > 0, "via<…> names the members that make the foreign key");
  using is_via = void;
  using row_type = std::common_type_t<typename detail::member_traits<Members>::row_type...>;

  template <class Owner>
  static constexpr std::array<std::string_view, sizeof...(Members)> columns{
      Owner::template column_with<Members>::name.view()...};
};

/// The foreign key to follow, by its name.
template <fixed_string Name>
struct via_constraint {
  static constexpr auto constraint = Name;
};

/// The relationship of the other table that leads back along the same key, which says so too.
template <fixed_string Name>
struct back_populates {
  static constexpr auto partner = Name;
};

namespace detail {

template <fixed_string Relationship, fixed_string Table, fixed_string Target>
struct via_names_members_of_neither_table {
  static_assert(Table.empty(), "via<…> takes members of the row of one of the two tables");
};

template <class Via, fixed_string Relationship, class Table, class Target>
constexpr void set_via(relationship_description& described) {
  if constexpr (std::is_same_v<typename Via::row_type, typename Table::row_type>) {
    described.via_table = Table::name.view();
    described.via_columns = Via::template columns<Table>;
  } else if constexpr (std::is_same_v<typename Via::row_type, typename Target::row_type>) {
    described.via_table = Target::name.view();
    described.via_columns = Via::template columns<Target>;
  } else {
    (void)sizeof(via_names_members_of_neither_table<Relationship, Table::name, Target::name>);
  }
}

template <class Option, fixed_string Relationship, class Table, class Target>
constexpr void set_option(relationship_description& described) {
  if constexpr (requires { Option::constraint; })
    described.via_constraint = Option::constraint.view();
  else if constexpr (requires { Option::partner; })
    described.back_populates = Option::partner.view();
  else
    set_via<Option, Relationship, Table, Target>(described);
}

}  // namespace detail

/// See the aliases below. `Target` is the row type of the other table; `std::optional` where there
/// may be none.
template <fixed_string Name, bool Many, class Target, class... Options>
struct relationship {
  using is_relationship = void;
  using target_row = typename nullability<Target>::value_type;
  static constexpr auto name = Name;
  static constexpr bool many = Many;
  static constexpr bool optional = nullability<Target>::nullable;
  static_assert((std::size_t{!requires { Options::partner;
}
}  // namespace nava::schema
 + ... + 0) <= 1,
                "a relationship follows one key: write one via<…> or via_constraint<…>");
  static_assert((std::size_t{requires { Options::partner;
  }
  } + ... + 0) <= 1,
                "a relationship has one partner: write one back_populates<…>");
  static_assert(!(many && optional), "to_many takes a row type; it may find no row in any case");

  template <class Table, class TargetTable>
  static constexpr relationship_description description = [] {
    relationship_description described{
        name.view(), TargetTable::name.view(), many, optional, {}, {}, {}, {}};
    (detail::set_option<Options, name, Table, TargetTable>(described), ...);
    return described;
  }();
  }
  ;

  /// Relationships of a table that are not described with it, such as those of Nava's tables to an
  /// application's; stands in a database<…> beside the tables.
  template <class Row, class... Relationships>
  struct relationships_of {
    using is_addition = void;
    using row_type = Row;
    using parts = detail::list<Relationships...>;
  };

  /// At most one row: along a foreign key of this table, or back along one of the other table that
  /// is unique there. It is `std::optional` if, and only if, there may be none.
  template <fixed_string Name, class Target, class... Options>
  using to_one = relationship<Name, false, Target, Options...>;

  /// The rows of the other table whose foreign key leads here.
  template <fixed_string Name, class Target, class... Options>
  using to_many = relationship<Name, true, Target, Options...>;

  }  // namespace nava::schema
