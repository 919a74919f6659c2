// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/parts/column.hpp>
#include <utility>

/// Whether every member of a row has a column. The compiler counts the members of an aggregate: it
/// tries to initialize the row with one value more than the parts name. Types and constants; safe
/// to use from any thread.
namespace nava::schema::detail {

template <class Class, class Row>
concept BaseOf = (std::is_base_of_v<Class, Row> && !std::is_same_v<Class, Row>);
template <class Value, class Row>
concept NoBaseOf = (!std::is_base_of_v<Value, Row>);

// Converts to a base of the row, and to nothing else.
template <class Row>
struct any_base {
  template <BaseOf<Row> Value>
  operator Value() const noexcept;
};

// Converts to any value but a base of the row. The compiler then goes into the base.
template <class Row>
struct any_member {
  template <NoBaseOf<Row> Value>
  operator Value() const noexcept;
};

template <class Row, std::size_t... Bases, std::size_t... Members>
consteval bool has(std::index_sequence<Bases...>, std::index_sequence<Members...>) {
  return requires {
    Row{((void)Bases, any_base<Row>{})..., ((void)Members, any_member<Row>{})...};
  };
}
template <class Row, std::size_t Bases, std::size_t Members>
inline constexpr bool has_members = has<Row>(std::make_index_sequence<Bases>{},
                                             std::make_index_sequence<Members>{});

template <class Row, std::size_t Bases = 0>
consteval std::size_t bases_of() {
  if constexpr (has_members<Row, Bases + 1, 0>)
    return bases_of<Row, Bases + 1>();
  else
    return Bases;
}

template <class Part>
inline constexpr std::size_t known_of_all = 0;
template <fixed_string Name, auto Member>
inline constexpr std::size_t known_of_all<column<Name, Member>> = 1;
template <auto... Members>
inline constexpr std::size_t known_of_all<not_stored<Members...>> = sizeof...(Members);

template <class Class, class Part>
inline constexpr std::size_t known_of = 0;
template <class Class, fixed_string Name, auto Member>
inline constexpr std::size_t known_of<Class, column<Name, Member>> =
    std::is_same_v<typename member_traits<Member>::row_type, Class>;
template <class Class, auto... Members>
inline constexpr std::size_t known_of<Class, not_stored<Members...>> =
    (std::size_t{std::is_same_v<typename member_traits<Members>::row_type, Class>} + ... + 0);

// Whether the class has members that no part names. The members of a class that is no aggregate
// cannot be counted.
template <class Class, class... Parts>
consteval bool has_more_members() {
  if constexpr (std::is_aggregate_v<Class>)
    return has_members<Class, bases_of<Class>(), (known_of<Class, Parts> + ... + 0) + 1>;
  return false;
}

// The same over all bases at once, into which the compiler goes where all of them are aggregates.
template <class Row, class... Parts>
consteval bool has_more_members_in_bases() {
  if constexpr (std::is_aggregate_v<Row> && bases_of<Row>() > 0)
    return has_members<Row, 0, (known_of_all<Parts> + ... + 0) + 1>;
  return false;
}

template <class Part>
struct class_of {
  using type = void;
};
template <fixed_string Name, auto Member>
struct class_of<column<Name, Member>> {
  using type = typename member_traits<Member>::row_type;
};

template <class Class, class... Parts>
consteval bool class_has_more_members() {
  if constexpr (std::is_void_v<Class>)
    return false;
  else
    return has_more_members<Class, Parts...>();
}

// The members of not_stored<…> belong to the row or a base of it, have no column, and are named
// once.
template <class Table, class Part>
inline constexpr bool leaves_out_own = true;
template <class Table, auto... Members>
inline constexpr bool leaves_out_own<Table, not_stored<Members...>> =
    (std::is_base_of_v<typename member_traits<Members>::row_type, typename Table::row_type> && ...);
template <class Table, class Part>
inline constexpr bool leaves_columns_alone = true;
template <class Table, auto... Members>
inline constexpr bool leaves_columns_alone<Table, not_stored<Members...>> =
    (!Table::template has_column_with<Members> && ...);

template <auto Member>
struct left_out {};
template <class Part>
struct all_left_out {
  using type = list<>;
};
template <auto... Members>
struct all_left_out<not_stored<Members...>> {
  using type = list<left_out<Members>...>;
};
template <class... Types, class... Others>
list<Types..., Others...> operator+(list<Types...>, list<Others...>);
template <class... Lists>
using joined_lists = decltype((list<>{} + ... + Lists{}));

template <class Each, class... Others>
inline constexpr std::size_t times_in = (std::size_t{std::is_same_v<Each, Others>} + ... + 0);
template <class... Each>
consteval bool are_distinct(list<Each...>) {
  return ((times_in<Each, Each...> == 1) && ... && true);
}

template <class Table, class... Parts>
consteval auto members_rule() {
  if constexpr (!(leaves_out_own<Table, Parts> && ...))
    return std::type_identity<rules::not_stored_names_no_member<Table::name>>{};
  else if constexpr (!(leaves_columns_alone<Table, Parts> && ...) ||
                     !are_distinct(joined_lists<typename all_left_out<Parts>::type...>{}))
    return std::type_identity<rules::member_is_stored_and_not_stored<Table::name>>{};
  else if constexpr (has_more_members<typename Table::row_type, Parts...>() ||
                     (class_has_more_members<typename class_of<Parts>::type, Parts...>() || ...) ||
                     has_more_members_in_bases<typename Table::row_type, Parts...>())
    return std::type_identity<rules::member_of_the_row_has_no_column<Table::name>>{};
  else
    return std::type_identity<rules::well_formed>{};
}

}  // namespace nava::schema::detail
