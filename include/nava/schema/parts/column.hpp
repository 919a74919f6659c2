// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>
#include <nava/schema/parts/part.hpp>

/// Columns, their defaults, and CHECKs, as parts of a table. Types and constants; safe to use from
/// any thread.
namespace nava::schema {

namespace detail {

template <class Value>
inline constexpr name_list values_of{};
template <NamedEnum Value>
inline constexpr name_list values_of<Value>{texts_of<Value>()};

}  // namespace detail

/// A column bound to a member of the row. Type and nullability of the column follow from the
/// member.
template <fixed_string Name, auto Member>
struct column {
  using value_type = typename detail::member_traits<Member>::value_type;
  static constexpr auto name = Name;
  static constexpr auto member = Member;
  static constexpr column_description description{
      name.view(), column_type_of<value_type>::value, detail::member_traits<Member>::nullable,
      detail::values_of<value_type>, size_of_decimal<value_type>};
};

/// Members of the row that have no column. Every other member has one.
template <auto... Members>
struct not_stored {};

/// The default of the column of `Member`. Rows take it that others insert without the column, and
/// rows that are there when the column is added. Nava itself writes every column.
///
/// `Value` is the text of a value: `0`, `true`, `0.50` with all digits of a decimal, `2026-01-31`,
/// what a text or an enumerator is stored as, `\\x00`, `{}` or `[]`. The only default of a
/// timestamp is `now`.
template <auto Member, fixed_string Value>
struct default_to {};

/// A CHECK that every row passes: `check<"ck_loan_positive", "\"amount\" > 0">`. The expression is
/// SQL that both dialects read. SQLite stores a decimal in units of its last digit. An expression
/// may therefore compare a decimal with zero and with decimals of the same scale only.
template <fixed_string Name, fixed_string Expression>
struct check {
  static constexpr condition_description description{Name.view(), Expression.view()};
};

namespace detail {

template <fixed_string Name, auto Member>
inline constexpr part_kind kind_of<column<Name, Member>> = part_kind::column;
template <auto... Members>
inline constexpr part_kind kind_of<not_stored<Members...>> = part_kind::not_stored;
template <auto Member, fixed_string Value>
inline constexpr part_kind kind_of<default_to<Member, Value>> = part_kind::default_value;
template <fixed_string Name, fixed_string Expression>
inline constexpr part_kind kind_of<check<Name, Expression>> = part_kind::condition;

template <class Value>
concept Untyped = (column_type_of<Value>::is_none);

template <fixed_string Name, auto Member, fixed_string Table>
requires NamedEnum<typename column<Name, Member>::value_type>
struct part_check<column<Name, Member>, Table> {
  using type = checked_enumeration<typename column<Name, Member>::value_type>;
};
template <fixed_string Name, auto Member, fixed_string Table>
requires Untyped<typename column<Name, Member>::value_type>
struct part_check<column<Name, Member>, Table> {
  using type =
      rules::column_has_a_type_that_is_none<Name, typename column<Name, Member>::value_type, Table>;
};

template <auto Member>
using value_type_of = typename member_traits<Member>::value_type;
template <auto Member>
concept JsonMember = std::is_same_v<value_type_of<Member>, json::object> ||
    std::is_same_v<value_type_of<Member>, json::array>;

template <auto Member, fixed_string Value, class Table>
struct columns_check<default_to<Member, Value>, Table> : members_check<Table, Member> {};
// The description of a column says that it is JSON, but not whether an object or an array.
template <auto Member, fixed_string Value, class Table>
requires JsonMember<Member>
struct columns_check<default_to<Member, Value>, Table> : members_check<Table, Member> {
  static constexpr std::string_view empty =
      std::is_same_v<value_type_of<Member>, json::object> ? "{}" : "[]";
  using type =
      std::conditional_t<members_check<Table, Member>::fits && Value.view() != empty,
                         rules::default_is_no_value_of_its_column<
                             Value, Table::template column_with<Member>::name, Table::name>,
                         typename members_check<Table, Member>::type>;
};

}  // namespace detail
}  // namespace nava::schema
