// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler prints the message of a refusal within a few lines.
#include <nava/schema/refusals.hpp>

#include <nava/schema/expression_rules.hpp>
#include <nava/schema/key_rules.hpp>
#include <nava/schema/parts/column.hpp>
#include <nava/schema/parts/foreign_key.hpp>
#include <nava/schema/parts/index.hpp>
#include <nava/schema/parts/storage.hpp>
#include <nava/schema/parts/stored_members.hpp>

/// A table, described by its parts:
///
///     struct attachment_table : table<attachment, "claim_attachment",
///         column<"workflow_id", &attachment::workflow_id>,
///         column<"_id", &attachment::id>,
///         primary_key<&attachment::workflow_id, &attachment::id>,
///         workflow_foreign_key<&attachment::workflow_id>> {};
///
/// A part names members of the row. The table completes the names that follow a convention
/// (`pk_{table}`, `fk_{table}_{column}`). A key therefore cannot be shared: the same part in two
/// tables is two constraints with two names.
///
/// Types and constants; safe to use from any thread.
namespace nava::schema {

namespace detail {

template <std::size_t Place, class Part>
struct placed {};
template <class Places, class... Parts>
struct placed_parts;
template <std::size_t... Places, class... Parts>
struct placed_parts<std::index_sequence<Places...>, Parts...> : placed<Places, Parts>... {};

// Finds the column of a member among the bases by one deduction, where a search by recursion
// would instantiate a template for each column of each table and key.
template <auto Member, fixed_string Table, std::size_t Place, fixed_string Name>
column<Name, Member> find_column(const placed<Place, column<Name, Member>>*);
template <auto Member, fixed_string Table>
rules::member_is_not_a_column_of_the_table<Member, Table> find_column(const void*);

template <class Part, class Table, std::size_t Size>
constexpr void add_column(std::array<column_description, Size>& all, std::size_t& next) {
  if constexpr (Column<Part>) {
    using row = typename member_traits<Part::member>::row_type;
    if constexpr (!std::is_base_of_v<row, typename Table::row_type>)
      (void)sizeof(rules::column_is_a_member_of_another_row<Part::name, Table::name>);
    else if constexpr (!std::is_same_v<typename Table::template column_with<Part::member>, Part>)
      (void)sizeof(rules::two_columns_share_the_member<Part::name, Table::name>);
    all[next++] = Part::description;
  }
}

template <class Part, class Table>
inline constexpr bool is_set_default = false;
template <auto Member, fixed_string Value, class Table>
inline constexpr bool is_set_default<default_to<Member, Value>, Table> =
    Table::template has_column_with<Member>;

template <class Table, auto Member, fixed_string Value, std::size_t Size>
constexpr void set_default(std::type_identity<default_to<Member, Value>>,
                           std::array<column_description, Size>& all) {
  for (auto& each : all)
    if (each.name == Table::template column_with<Member>::name.view())
      each.default_value = Value.view();
}
template <class Part, class Table, std::size_t Size>
constexpr void add_default(std::array<column_description, Size>& all) {
  if constexpr (is_set_default<Part, Table>) set_default<Table>(std::type_identity<Part>{}, all);
}

template <class Table, auto Member, std::size_t Size>
constexpr void set_identity(std::type_identity<identity_column<Member>>,
                            std::array<column_description, Size>& all) {
  if constexpr (Table::template has_column_with<Member>)
    for (auto& each : all)
      if (each.name == Table::template column_with<Member>::name.view()) each.identity = true;
}
template <class Part, class Table, std::size_t Size>
constexpr void add_identity(std::array<column_description, Size>& all) {
  if constexpr (Identity<Part>) set_identity<Table>(std::type_identity<Part>{}, all);
}

// Tables without a default, as most are, cost nothing here.
template <class Table, class... Parts>
consteval bool has_two_defaults() {
  if constexpr ((Default<Parts> || ...)) {
    std::size_t columns = 0;
    for (const auto& each : Table::column_descriptions) columns += each.default_value.has_value();
    return columns != (std::size_t{is_set_default<Parts, Table>} + ... + 0);
  }
  return false;
}

template <class Part, std::size_t Size>
constexpr void add_condition(std::array<condition_description, Size>& all, std::size_t& next) {
  if constexpr (Condition<Part>) all[next++] = Part::description;
}

template <class Part, std::size_t Size>
constexpr void add_storage(std::array<storage_parameter, Size>& all, std::size_t& next) {
  if constexpr (Storage<Part>) all[next++] = Part::description;
}

template <class Part>
constexpr void set_fill_percent(int& percent) {
  if constexpr (Fillfactor<Part>) percent = Part::fill_percent;
}

template <std::size_t Size>
constexpr bool names_differ(const std::array<storage_parameter, Size>& all) {
  for (std::size_t i = 0; i < Size; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].name == all[j].name) return false;
  return true;
}

template <class Part, class Table>
concept FittingIndex = Index<Part> && columns_check<Part, Table>::fits;

template <class Part, class Table, std::size_t Size>
constexpr void add_index(std::array<index_description, Size>& all, std::size_t& next) {
  if constexpr (FittingIndex<Part, Table>) all[next++] = Part::template description<Table>;
}

}  // namespace detail

/// The most parts that a table takes. PostgreSQL takes 1,600 columns, which a compiler needs
/// minutes for.
inline constexpr std::size_t parts_max = 500;

/// A table: a row type, a name, and parts in any order.
template <class Row, fixed_string Name, class... Parts>
struct table {
  using row_type = Row;                  ///< the struct that holds a row in memory
  using parts = detail::list<Parts...>;  ///< all parts, in the order given
  static constexpr auto name = Name;     ///< the name in SQL, without a database schema

  /// The column part that is bound to `Member`; a refusal where there is none.
  template <auto Member>
  using column_with = decltype(detail::find_column<Member, Name>(
      static_cast<detail::placed_parts<std::index_sequence_for<Parts...>, Parts...>*>(nullptr)));

  static_assert(((sizeof(typename detail::part_check<Parts, Name>::type) != 0) && ...));
  /// Whether a column is bound to `Member`.
  template <auto Member>
  static constexpr bool has_column_with =
      !std::is_same_v<column_with<Member>,
                      rules::member_is_not_a_column_of_the_table<Member, Name>>;

  static_assert(((sizeof(typename detail::columns_check<Parts, table>::type) != 0) && ...));
  static_assert(sizeof(typename decltype(detail::members_rule<table, Parts...>())::type) != 0);
  static_assert(
      sizeof(std::conditional_t<((std::size_t{detail::Fillfactor<Parts>} + ... + 0) > 1),
                                rules::table_has_two_fillfactors<Name>, rules::well_formed>) != 0);
  /// The percentage of a page that inserts fill on PostgreSQL: that of fillfactor, or 100.
  static constexpr int fill_percent = [] {
    int percent = 100;
    (detail::set_fill_percent<Parts>(percent), ...);
    return percent;
  }();

  /// The columns, in the order of their parts.
  static constexpr auto column_descriptions = [] {
    std::array<column_description, (std::size_t{detail::Column<Parts>} + ... + 0)> all{};
    std::size_t next = 0;
    (detail::add_column<Parts, table>(all, next), ...);
    if constexpr ((detail::Default<Parts> || ...)) (detail::add_default<Parts, table>(all), ...);
    if constexpr ((detail::Identity<Parts> || ...)) (detail::add_identity<Parts, table>(all), ...);
    return all;
  }();
  static_assert(
      sizeof(std::conditional_t<detail::has_two_defaults<table, Parts...>(),
                                rules::column_has_two_defaults<Name>, rules::well_formed>) != 0);

  /// The described CHECKs, in the order of their parts. Those that follow from a column's type are
  /// not among them.
  static constexpr auto condition_descriptions = [] {
    constexpr std::size_t size = (std::size_t{detail::Condition<Parts>} + ... + 0);
    std::array<condition_description, size> all{};
    if constexpr (size > 0) {
      std::size_t next = 0;
      (detail::add_condition<Parts>(all, next), ...);
    }
    return all;
  }();

  /// The storage parameters other than fillfactor, in the order of their parts.
  static constexpr auto storage_parameters = [] {
    std::array<storage_parameter, (std::size_t{detail::Storage<Parts>} + ... + 0)> all{};
    std::size_t next = 0;
    (detail::add_storage<Parts>(all, next), ...);
    return all;
  }();
  static_assert(sizeof(std::conditional_t<!detail::names_differ(storage_parameters),
                                          rules::table_has_a_storage_parameter_twice<Name>,
                                          rules::well_formed>) != 0);

  /// The primary key, unique constraints and indexes, in the order of their parts.
  static constexpr auto index_descriptions = [] {
    std::array<index_description, (std::size_t{detail::FittingIndex<Parts, table>} + ... + 0)>
        all{};
    std::size_t next = 0;
    (detail::add_index<Parts, table>(all, next), ...);
    return all;
  }();
};

namespace detail {

template <class... Parts>
concept TooMany = (sizeof...(Parts) > parts_max);

}  // namespace detail

/// A table that is refused for its number of parts. It describes nothing.
template <class Row, fixed_string Name, class... Parts>
requires detail::TooMany<Parts...>
struct table<Row, Name, Parts...> : rules::table_has_more_than_500_parts<Name> {
  ///@{
  /// Stands for the member of a table that is not refused, so that the compiler prints one message.
  using row_type = Row;
  using parts = detail::list<>;
  static constexpr auto name = Name;
  static constexpr int fill_percent = 100;
  static constexpr std::array<column_description, 0> column_descriptions{};
  static constexpr std::array<condition_description, 0> condition_descriptions{};
  static constexpr std::array<storage_parameter, 0> storage_parameters{};
  static constexpr std::array<index_description, 0> index_descriptions{};
  ///@}
};

/// Calls `visit(column_part)` for each column of `Table`, in order.
template <class Table, class Visitor>
constexpr void for_each_column(Visitor&& visit) {
  [&]<class... Parts>(detail::list<Parts...>) {
    (
        [&] {
          if constexpr (detail::Column<Parts>) visit(Parts{});
        }(),
        ...);
  }(typename Table::parts{});
}

}  // namespace nava::schema
