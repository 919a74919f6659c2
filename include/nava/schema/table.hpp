// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <nava/schema/description.hpp>
#include <nava/schema/fixed_string.hpp>
#include <nava/schema/rules.hpp>
#include <type_traits>
#include <utility>

/// The words in which a table is described:
///
///     struct attachment_table : table<attachment, "claim_attachment",
///         column<"workflow_id", &attachment::workflow_id>,
///         column<"_id", &attachment::id>,
///         primary_key<&attachment::workflow_id, &attachment::id>,
///         workflow_foreign_key<&attachment::workflow_id>> {};
///
/// A part names members of the row; the table it stands in completes the names
/// that follow a convention (`pk_{table}`, `fk_{table}_{column}`). So a key cannot
/// be shared: the same part in two tables is two constraints with two names.
namespace nava::schema {

namespace detail {

template <auto Member>
struct member_traits;
template <class Row, class Value, Value Row::*Member>
struct member_traits<Member> {
  using row_type = Row;
  using value_type = typename nullability<Value>::value_type;
  static constexpr bool nullable = nullability<Value>::nullable;
};

template <class Value>
inline constexpr name_list values_of{};
template <NamedEnum Value>
inline constexpr name_list values_of<Value>{enum_names<Value>::names};

template <auto Member, fixed_string Table>
struct member_is_not_a_column_of_the_table {
  static_assert(Table.empty(),
                "keys and indexes are made of members that have a column in their table");
};

/// Types alone: a std::tuple would cost every includer its constructors.
template <class... Types>
struct list {};

template <class Part>
concept Column = requires {
  typename Part::is_column;
};
template <class Part>
concept Index = requires {
  typename Part::is_index;
};
template <class Part>
concept Storage = requires {
  typename Part::is_storage;
};
template <class Part>
concept ForeignKey = requires {
  typename Part::is_foreign_key;
};
template <class Part>
concept Relationship = requires {
  typename Part::is_relationship;
};

}  // namespace detail

template <auto... Members>
struct members {};

/// A column bound to a member of the row; type and nullability follow from it.
template <fixed_string Name, auto Member>
struct column {
  using is_column = void;
  using value_type = typename detail::member_traits<Member>::value_type;
  static constexpr auto name = Name;
  static constexpr auto member = Member;
  static constexpr column_description description{name.view(), column_type_of<value_type>::value,
                                                  detail::member_traits<Member>::nullable,
                                                  detail::values_of<value_type>};
};

/// A primary key, unique constraint or index over members; see the aliases below.
template <index_description::kind Kind, fixed_string Name, fixed_string Condition, auto... Members>
struct index_part {
  using is_index = void;
  static_assert(sizeof...(Members) > 0, "a key or an index has at least one column");

  template <class Table>
  static constexpr auto name = [] {
    if constexpr (Name.empty())
      return fixed_string{"pk_"} + Table::name;
    else
      return Name;
  }();
  static constexpr auto condition = Condition;
  template <class Table>
  static constexpr std::array<std::string_view, sizeof...(Members)> columns{
      Table::template column_with<Members>::name.view()...};
  template <class Table>
  static constexpr index_description description{Kind, name<Table>.view(), columns<Table>,
                                                 condition.view()};
};

/// The primary key, `pk_{table}`. Every table has one.
template <auto... Members>
using primary_key = index_part<index_description::kind::primary_key, "", "", Members...>;

/// A unique constraint.
template <fixed_string Name, auto... Members>
using unique = index_part<index_description::kind::unique, Name, "", Members...>;

/// A unique index over the rows for which `Condition`, SQL that both dialects read, holds.
template <fixed_string Name, fixed_string Condition, auto... Members>
using unique_where = index_part<index_description::kind::unique, Name, Condition, Members...>;

/// An index; say beside it which query it serves. Not `index`, which <strings.h> has taken.
template <fixed_string Name, auto... Members>
using index_on = index_part<index_description::kind::index, Name, "", Members...>;

/// The same over the rows for which `Condition`, SQL that both dialects read, holds.
template <fixed_string Name, fixed_string Condition, auto... Members>
using index_where = index_part<index_description::kind::index, Name, Condition, Members...>;

/// Percent of a page that inserts may fill; the rest is room for updates in place.
template <int Percent>
struct fillfactor {
  static_assert(Percent >= 10 && Percent <= 100, "PostgreSQL takes a fillfactor from 10 to 100");
  static constexpr int fill_percent = Percent;
};

namespace detail {

/// Of tables in PostgreSQL 15, but for fillfactor, which has a word of its own, and
/// autovacuum_enabled, which stays on.
inline constexpr std::array<std::string_view, 19> storage_parameter_names{
    "autovacuum_analyze_scale_factor",
    "autovacuum_analyze_threshold",
    "autovacuum_freeze_max_age",
    "autovacuum_freeze_min_age",
    "autovacuum_freeze_table_age",
    "autovacuum_multixact_freeze_max_age",
    "autovacuum_multixact_freeze_min_age",
    "autovacuum_multixact_freeze_table_age",
    "autovacuum_vacuum_cost_delay",
    "autovacuum_vacuum_cost_limit",
    "autovacuum_vacuum_insert_scale_factor",
    "autovacuum_vacuum_insert_threshold",
    "autovacuum_vacuum_scale_factor",
    "autovacuum_vacuum_threshold",
    "log_autovacuum_min_duration",
    "parallel_workers",
    "toast_tuple_target",
    "vacuum_index_cleanup",
    "vacuum_truncate"};

constexpr bool is_plain_value(std::string_view value) {
  constexpr std::string_view plain = "-.0123456789abcdefghijklmnopqrstuvwxyz";
  return !value.empty() && value.find_first_not_of(plain) == value.npos;
}

}  // namespace detail

/// A storage parameter other than fillfactor: `storage<"autovacuum_vacuum_scale_factor", "0.05">`.
/// Only PostgreSQL takes it. Say beside it which measurement chose it.
template <fixed_string Name, fixed_string Value>
struct storage {
  using is_storage = void;
  static constexpr storage_parameter description{Name.view(), Value.view()};
  static_assert(std::find(detail::storage_parameter_names.begin(),
                          detail::storage_parameter_names.end(),
                          Name.view()) != detail::storage_parameter_names.end(),
                "PostgreSQL has no such storage parameter of tables, or Nava a word of its own");
  static_assert(detail::is_plain_value(Value.view()),
                "the value of a storage parameter is a number or a word");
};

/// A foreign key from members of the table's row to members of the row of another
/// table of the same database. An empty name stands for `fk_{table}_{column}`.
template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate>
struct foreign_key;

template <fixed_string Name, auto... From, auto... To, referential_action OnDelete,
          referential_action OnUpdate>
struct foreign_key<Name, members<From...>, members<To...>, OnDelete, OnUpdate> {
  static_assert(sizeof...(From) > 0 && sizeof...(From) == sizeof...(To),
                "a foreign key has as many columns as the key it leads to");
  static_assert(OnDelete != referential_action::set_default &&
                    OnUpdate != referential_action::set_default,
                "a described column has no default to be set to");
  using is_foreign_key = void;
  using target_row = std::common_type_t<typename detail::member_traits<To>::row_type...>;

  static constexpr bool types_match =
      std::is_same_v<detail::list<typename detail::member_traits<From>::value_type...>,
                     detail::list<typename detail::member_traits<To>::value_type...>>;

  template <class Table>
  static constexpr auto name = [] {
    if constexpr (Name.empty())
      return ((fixed_string{"fk_"} + Table::name) + ... +
              (fixed_string{"_"} + Table::template column_with<From>::name));
    else
      return Name;
  }();
  template <class Table>
  static constexpr std::array<std::string_view, sizeof...(From)> columns{
      Table::template column_with<From>::name.view()...};
  template <class Target>
  static constexpr std::array<std::string_view, sizeof...(To)> target_columns{
      Target::template column_with<To>::name.view()...};
  template <class Table, class Target>
  static constexpr foreign_key_description description{
      name<Table>.view(),     columns<Table>, Target::name.view(),
      target_columns<Target>, OnDelete,       OnUpdate};
};

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
member_is_not_a_column_of_the_table<Member, Table> find_column(const void*);

template <class Part, class Table, std::size_t Size>
constexpr void add_column(std::array<column_description, Size>& all, std::size_t& next) {
  if constexpr (Column<Part>) {
    using row = typename member_traits<Part::member>::row_type;
    if constexpr (!std::is_same_v<row, typename Table::row_type>)
      (void)sizeof(rules::column_is_a_member_of_another_row<Part::name, Table::name>);
    else if constexpr (!std::is_same_v<typename Table::template column_with<Part::member>, Part>)
      (void)sizeof(rules::two_columns_share_the_member<Part::name, Table::name>);
    all[next++] = Part::description;
  }
}

template <class Part, std::size_t Size>
constexpr void add_storage(std::array<storage_parameter, Size>& all, std::size_t& next) {
  if constexpr (Storage<Part>) all[next++] = Part::description;
}

template <std::size_t Size>
constexpr bool names_differ(const std::array<storage_parameter, Size>& all) {
  for (std::size_t i = 0; i < Size; ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].name == all[j].name) return false;
  return true;
}

template <class Part, class Table, std::size_t Size>
constexpr void add_index(std::array<index_description, Size>& all, std::size_t& next) {
  if constexpr (Index<Part>) all[next++] = Part::template description<Table>;
}

}  // namespace detail

/// A table: a row type, a name, and the parts above in any order.
template <class Row, fixed_string Name, class... Parts>
struct table {
  using row_type = Row;
  using parts = detail::list<Parts...>;
  static constexpr auto name = Name;

  /// The column part that is bound to `Member`.
  template <auto Member>
  using column_with = decltype(detail::find_column<Member, Name>(
      static_cast<detail::placed_parts<std::index_sequence_for<Parts...>, Parts...>*>(nullptr)));

  static_assert((std::size_t{requires { Parts::fill_percent;
}
}  // namespace nava::schema
 + ... + 0) <= 1,
                "a table has one fillfactor");
 static constexpr int fill_percent = [] {
   int percent = 100;
   (
       [&percent] {
         if constexpr (requires { Parts::fill_percent; }) percent = Parts::fill_percent;
       }(),
       ...);
   return percent;
 }();

 static constexpr auto column_descriptions = [] {
   std::array<column_description, (std::size_t{detail::Column<Parts>} + ... + 0)> all{};
   std::size_t next = 0;
   (detail::add_column<Parts, table>(all, next), ...);
   return all;
 }();

 static constexpr auto storage_parameters = [] {
   std::array<storage_parameter, (std::size_t{detail::Storage<Parts>} + ... + 0)> all{};
   std::size_t next = 0;
   (detail::add_storage<Parts>(all, next), ...);
   return all;
 }();
 static_assert(detail::names_differ(storage_parameters), "a table has each storage parameter once");

 static constexpr auto index_descriptions = [] {
   std::array<index_description, (std::size_t{detail::Index<Parts>} + ... + 0)> all{};
   std::size_t next = 0;
   (detail::add_index<Parts, table>(all, next), ...);
   return all;
 }();
 }
 ;

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
