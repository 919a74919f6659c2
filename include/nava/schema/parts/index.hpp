// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <nava/schema/description.hpp>
#include <nava/schema/parts/part.hpp>

/// Primary keys, unique constraints and indexes, as parts of a table. Types and constants; safe to
/// use from any thread.
namespace nava::schema {

namespace detail {

// The terms of an index beside members.
template <class Member>
struct descending_term {
  Member member;
};
template <std::size_t Size>
struct expression_term {
  fixed_string<Size> text;
};

enum class term_kind { member, descending, expression };
template <class Term>
inline constexpr term_kind kind_of_term = term_kind::member;
template <class Member>
inline constexpr term_kind kind_of_term<descending_term<Member>> = term_kind::descending;
template <std::size_t Size>
inline constexpr term_kind kind_of_term<expression_term<Size>> = term_kind::expression;
template <auto Term>
inline constexpr term_kind kind_of_term_value = kind_of_term<std::remove_const_t<decltype(Term)>>;

template <auto Term>
concept ExpressionTerm = (kind_of_term_value<Term> == term_kind::expression);
template <auto Term>
concept MemberTerm = (kind_of_term_value<Term> != term_kind::expression);

template <auto Term>
consteval auto member_of_term() {
  if constexpr (kind_of_term_value<Term> == term_kind::descending)
    return Term.member;
  else
    return Term;
}

template <auto Term, class Table>
consteval std::string_view name_of_term() {
  if constexpr (ExpressionTerm<Term>)
    return Term.text.view();
  else
    return Table::template column_with<member_of_term<Term>()>::name.view();
}

}  // namespace detail

/// A term of an index: the values of a member, in descending order.
template <class Member>
[[nodiscard]] consteval detail::descending_term<Member> desc(Member member) {
  return {member};
}

/// A term of an index: the value of an expression over columns, `expression("lower(\"email\")")`.
/// The expression is SQL that both dialects read, and calls immutable functions only.
template <std::size_t Size>
[[nodiscard]] consteval detail::expression_term<Size + 2> expression(const char (&text)[Size]) {
  return {fixed_string{"("} + fixed_string{text} + fixed_string{")"}};
}

/// A primary key, unique constraint or index over members; see the aliases below.
template <index_description::kind Kind, fixed_string Name, fixed_string Condition, auto... Terms>
struct index_part {
  template <class Table>
  static constexpr auto name = [] {
    if constexpr (Name.empty())
      return fixed_string{"pk_"} + Table::name;
    else
      return Name;
  }();
  static constexpr auto condition = Condition;
  template <class Table>
  static constexpr std::array<std::string_view, sizeof...(Terms)> columns{
      detail::name_of_term<Terms, Table>()...};
  static constexpr std::uint32_t descending = [] {
    std::uint32_t bits = 0, bit = 1;
    ((bits |= detail::kind_of_term_value<Terms> == detail::term_kind::descending ? bit : 0,
      bit <<= 1),
     ...);
    return bits;
  }();
  template <class Table>
  static constexpr index_description description{Kind, name<Table>.view(), columns<Table>,
                                                 condition.view(), descending};
};

/// The primary key, `pk_{table}`. Every table has one.
template <auto... Members>
using primary_key = index_part<index_description::kind::primary_key, "", "", Members...>;

/// A unique constraint; with desc() or an expression() among its terms, a unique index.
template <fixed_string Name, auto... Terms>
using unique = index_part<index_description::kind::unique, Name, "", Terms...>;

/// A unique index over the rows for which `Condition` holds, SQL that both dialects read.
template <fixed_string Name, fixed_string Condition, auto... Terms>
using unique_where = index_part<index_description::kind::unique, Name, Condition, Terms...>;

/// An index over members, desc() of members and expression()s. Write beside it which query it
/// serves. It is not called `index`, because <strings.h> declares a function of that name.
template <fixed_string Name, auto... Terms>
using index_on = index_part<index_description::kind::index, Name, "", Terms...>;

/// An index over the rows for which `Condition` holds, SQL that both dialects read.
template <fixed_string Name, fixed_string Condition, auto... Terms>
using index_where = index_part<index_description::kind::index, Name, Condition, Terms...>;

namespace detail {

template <index_description::kind Kind, fixed_string Name, fixed_string Condition, auto... Terms>
inline constexpr part_kind kind_of<index_part<Kind, Name, Condition, Terms...>> = part_kind::index;

template <auto... Terms>
concept WithOtherTerms = ((kind_of_term_value<Terms> != term_kind::member) || ...);

template <index_description::kind Kind, fixed_string Name, fixed_string Condition,
          fixed_string Table>
struct part_check<index_part<Kind, Name, Condition>, Table> {
  using type = rules::key_or_index_has_no_columns<Name, Table>;
};
template <fixed_string Condition, auto... Terms, fixed_string Table>
requires WithOtherTerms<Terms...>
struct part_check<index_part<index_description::kind::primary_key, "", Condition, Terms...>,
                  Table> {
  using type = rules::primary_key_is_not_made_of_members<Table>;
};

template <class Table, auto... Terms>
struct terms_check : members_check<Table> {};
template <class Table, auto First, auto... Terms>
requires ExpressionTerm<First>
struct terms_check<Table, First, Terms...> : terms_check<Table, Terms...> {
};
template <class Table, auto First, auto... Terms>
requires MemberTerm<First>
struct terms_check<Table, First, Terms...>
    : std::conditional_t<members_check<Table, member_of_term<First>()>::fits,
                         terms_check<Table, Terms...>,
                         members_check<Table, member_of_term<First>()>> {
};

template <index_description::kind Kind, fixed_string Name, fixed_string Condition, auto... Terms,
          class Table>
struct columns_check<index_part<Kind, Name, Condition, Terms...>, Table>
    : terms_check<Table, Terms...> {};

}  // namespace detail
}  // namespace nava::schema
