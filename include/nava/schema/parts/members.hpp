// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals.hpp>

#include <array>
#include <nava/schema/fixed_string.hpp>
#include <nava/schema/types.hpp>
#include <type_traits>

/// Members of a row, of which columns, keys and relationships are made. Types and constants; safe
/// to use from any thread.
namespace nava::schema {

namespace detail {

/// Types alone: a std::tuple would cost every includer its constructors.
template <class... Types>
struct list {};

template <auto Value>
struct member_traits {
  static_assert(std::is_member_object_pointer_v<decltype(Value)>,
                "write a member of the row as a pointer to it, &row::member");
  using row_type = void;
  using value_type = bool;
  static constexpr bool nullable = false;
};
template <class Row, class Value, Value Row::*Member>
requires std::is_member_object_pointer_v<Value Row::*>
struct member_traits<Member> {
  using row_type = Row;
  using value_type = typename nullability<Value>::value_type;
  static constexpr bool nullable = nullability<Value>::nullable;
};

// The row that several members belong to: the class that has the classes of all the others as
// bases; void where there is none.
template <class... Rows>
struct common_row {
  using type = void;
};
template <class Row>
struct common_row<Row> {
  using type = Row;
};
template <class First, class Second, class... Rows>
struct common_row<First, Second, Rows...>
    : common_row<std::conditional_t<
                     std::is_same_v<First, Second> || std::is_base_of_v<First, Second>, Second,
                     std::conditional_t<std::is_base_of_v<Second, First>, First, void>>,
                 Rows...> {};

template <auto... Members>
using row_of = typename common_row<typename member_traits<Members>::row_type...>::type;

}  // namespace detail

/// Members of a row, in order.
template <auto... Members>
struct members {
  static constexpr bool is_of_a_row = false;
  using row_type = detail::row_of<Members...>;
  using value_types = detail::list<typename detail::member_traits<Members>::value_type...>;
  static constexpr std::size_t size = sizeof...(Members);

  /// The names of the columns that `Table` binds to the members.
  template <class Table>
  static constexpr std::array<std::string_view, size> columns{
      Table::template column_with<Members>::name.view()...};
  /// `_{column}` for each member.
  template <class Table>
  static constexpr auto suffix = (fixed_string{""} + ... +
                                  (fixed_string{"_"} + Table::template column_with<Members>::name));
};

/// Members of `Row` and of its bases, in order. Names the row where a base belongs to several rows.
template <class Row, auto... Members>
struct members_of : members<Members...> {
  using row_type = Row;
  static constexpr bool is_of_a_row = true;
  static_assert((std::is_base_of_v<typename detail::member_traits<Members>::row_type, Row> && ...),
                "members_of<row, …> takes members of the row and of its bases");
};

namespace detail {

template <class Type>
inline constexpr bool is_members = false;
template <auto... Members>
inline constexpr bool is_members<members<Members...>> = true;
template <class Row, auto... Members>
inline constexpr bool is_members<members_of<Row, Members...>> = true;

template <class Type>
concept MemberList = is_members<Type>;

// The rule that a key or an index breaks when one of its members has no column in the table.
template <class Table, auto... Members>
struct members_check {
  using type = rules::well_formed;
  static constexpr bool fits = true;
};
template <class Table, auto First, auto... Members>
struct members_check<Table, First, Members...>
    : std::conditional_t<
          Table::template has_column_with<First>, members_check<Table, Members...>,
          std::type_identity<rules::member_is_not_a_column_of_the_table<First, Table::name>>> {
  static constexpr bool fits =
      (Table::template has_column_with<First> && ... && Table::template has_column_with<Members>);
};

// The same for the target of a foreign key, whose members come as a list.
template <class Members, class Table>
struct target_check;
template <auto... Members, class Table>
struct target_check<members<Members...>, Table> : members_check<Table, Members...> {};
template <class Row, auto... Members, class Table>
struct target_check<members_of<Row, Members...>, Table> : members_check<Table, Members...> {};

// The first of several checks that fails; the last one where none does.
template <class Last, class... Checks>
struct first_unfit : Last {};
template <class First, class Second, class... Checks>
struct first_unfit<First, Second, Checks...>
    : std::conditional_t<First::fits, first_unfit<Second, Checks...>, First> {};

}  // namespace detail
}  // namespace nava::schema
