// SPDX-License-Identifier: Apache-2.0
#pragma once

// First, so that the compiler comes to what it says of a wrong schema within a few lines.
#include <nava/schema/refusals.hpp>

#include <algorithm>
#include <array>
#include <nava/schema/description.hpp>
#include <nava/schema/expression_rules.hpp>
#include <nava/schema/fixed_string.hpp>
#include <nava/schema/key_rules.hpp>
#include <nava/schema/value_rules.hpp>
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

template <class Value>
inline constexpr name_list values_of{};
template <NamedEnum Value>
inline constexpr name_list values_of<Value>{texts_of<Value>()};

/// Types alone: a std::tuple would cost every includer its constructors.
template <class... Types>
struct list {};

/// The parts that a table is made of. Each is known by its own template, so that nothing else
/// passes for one.
enum class part_kind {
  none,
  column,
  not_stored,
  index,
  foreign_key,
  relationship,
  default_value,
  condition,
  storage,
  fillfactor
};
template <class Part>
inline constexpr part_kind kind_of = part_kind::none;

template <class Part>
concept Column = (kind_of<Part> == part_kind::column);
template <class Part>
concept Index = (kind_of<Part> == part_kind::index);
template <class Part>
concept Default = (kind_of<Part> == part_kind::default_value);
template <class Part>
concept Condition = (kind_of<Part> == part_kind::condition);
template <class Part>
concept Storage = (kind_of<Part> == part_kind::storage);
template <class Part>
concept Fillfactor = (kind_of<Part> == part_kind::fillfactor);
template <class Part>
concept ForeignKey = (kind_of<Part> == part_kind::foreign_key);
template <class Part>
concept Relationship = (kind_of<Part> == part_kind::relationship);

// The row that some members belong to: the class of one of which the others are bases.
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

  template <class Table>
  static constexpr std::array<std::string_view, size> columns{
      Table::template column_with<Members>::name.view()...};
  /// `_{column}` for each.
  template <class Table>
  static constexpr auto suffix = (fixed_string{""} + ... +
                                  (fixed_string{"_"} + Table::template column_with<Members>::name));
};

/// The same where the members belong to a base of `Row`, which may be that of other rows too.
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

// The rule that a key, or an index, breaks whose members have no column in the table it stands in.
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

// What an index is made of beside members.
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
consteval auto member_of_term() {
  if constexpr (kind_of_term_value<Term> == term_kind::descending)
    return Term.member;
  else
    return Term;
}

template <auto Term, class Table>
consteval std::string_view name_of_term() {
  if constexpr (kind_of_term_value<Term> == term_kind::expression)
    return Term.text.view();
  else
    return Table::template column_with<member_of_term<Term>()>::name.view();
}

template <class Table, auto... Terms>
struct terms_check : members_check<Table> {};
template <class Table, auto First, auto... Terms>
requires(kind_of_term_value<First> ==
         term_kind::expression) struct terms_check<Table, First, Terms...>
    : terms_check<Table, Terms...> {
};
template <class Table, auto First, auto... Terms>
requires(kind_of_term_value<First> !=
         term_kind::expression) struct terms_check<Table, First, Terms...>
    : std::conditional_t<members_check<Table, member_of_term<First>()>::fits,
                         terms_check<Table, Terms...>,
                         members_check<Table, member_of_term<First>()>> {
};

template <class Members, class Table>
struct target_check;
template <auto... Members, class Table>
struct target_check<members<Members...>, Table> : members_check<Table, Members...> {};
template <class Row, auto... Members, class Table>
struct target_check<members_of<Row, Members...>, Table> : members_check<Table, Members...> {};

}  // namespace detail

/// A column bound to a member of the row; type and nullability follow from it.
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

/// What the column of `Member` holds in rows that others write without it, and in those that are
/// there when the column is added; Nava itself writes every column. `Value` is its text: `0`,
/// `true`, `0.50` with all digits of a decimal, `2026-01-31`, what a text or an enumerator is
/// stored as, `\\x00`, `{}` or `[]`; of a time `now`.
template <auto Member, fixed_string Value>
struct default_to {};

/// A CHECK that every row passes: `check<"ck_loan_positive", "\"amount\" > 0">`, SQL that both
/// dialects read. Since SQLite counts a decimal in units of its last digit, it stands beside zero
/// and decimals that have as many digits behind the point.
template <fixed_string Name, fixed_string Expression>
struct check {
  static constexpr condition_description description{Name.view(), Expression.view()};
};

/// In an index: by falling values of a member.
template <class Member>
[[nodiscard]] consteval detail::descending_term<Member> desc(Member member) {
  return {member};
}

/// In an index: by the value of an expression over columns, SQL that both dialects read and that
/// calls nothing but what is immutable: `expression("lower(\"email\")")`.
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

/// A unique index over the rows for which `Condition`, SQL that both dialects read, holds.
template <fixed_string Name, fixed_string Condition, auto... Terms>
using unique_where = index_part<index_description::kind::unique, Name, Condition, Terms...>;

/// An index over members, desc() of members and expression()s; say beside it which query it
/// serves. Not `index`, which <strings.h> has taken.
template <fixed_string Name, auto... Terms>
using index_on = index_part<index_description::kind::index, Name, "", Terms...>;

/// The same over the rows for which `Condition`, SQL that both dialects read, holds.
template <fixed_string Name, fixed_string Condition, auto... Terms>
using index_where = index_part<index_description::kind::index, Name, Condition, Terms...>;

/// Percent of a page that inserts may fill; the rest is room for updates in place.
template <int Percent>
struct fillfactor {
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

constexpr bool is_storage_parameter(std::string_view name) {
  return std::find(storage_parameter_names.begin(), storage_parameter_names.end(), name) !=
         storage_parameter_names.end();
}

constexpr bool is_value_of(std::string_view name, std::string_view value) {
  const bool is_switch = value == "on" || value == "off" || value == "true" || value == "false";
  if (name == "vacuum_index_cleanup") return is_switch || value == "auto";
  if (name == "vacuum_truncate") return is_switch;
  return rules::is_number(value);
}

}  // namespace detail

/// A storage parameter other than fillfactor: `storage<"autovacuum_vacuum_scale_factor", "0.05">`.
/// Only PostgreSQL takes it. Say beside it which measurement chose it.
template <fixed_string Name, fixed_string Value>
struct storage {
  static constexpr storage_parameter description{Name.view(), Value.view()};
};

/// Of a foreign key: ON DELETE SET NULL sets these columns of it alone. PostgreSQL does so from
/// version 15 on; on SQLite a trigger does, `{key}_set_null`.
template <auto... Members>
struct set_null_in : members<Members...> {};

/// Of a foreign key: checked at COMMIT.
struct deferred {};

/// Of a foreign key: checked after each statement, or at COMMIT where the transaction asks for it,
/// by SET CONSTRAINTS or, on SQLite, PRAGMA defer_foreign_keys.
struct deferrable {};

namespace detail {

enum class key_option { none, set_null_in, enforcement };
template <class Option>
inline constexpr key_option kind_of_key_option = key_option::none;
template <auto... Members>
inline constexpr key_option kind_of_key_option<set_null_in<Members...>> = key_option::set_null_in;
template <>
inline constexpr key_option kind_of_key_option<deferred> = key_option::enforcement;
template <>
inline constexpr key_option kind_of_key_option<deferrable> = key_option::enforcement;

template <key_option Kind, class... Options>
inline constexpr std::size_t times_of = (std::size_t{kind_of_key_option<Options> == Kind} + ... +
                                         0);

template <class Option, class Table>
constexpr void set_option(foreign_key_description& described) {
  if constexpr (kind_of_key_option<Option> == key_option::set_null_in)
    described.set_columns = Option::template columns<Table>;
  else
    described.checked =
        std::is_same_v<Option, deferred> ? enforcement::deferred : enforcement::deferrable;
}

template <class Option, class Table>
struct option_check : members_check<Table> {};
template <auto... Members, class Table>
struct option_check<set_null_in<Members...>, Table> : members_check<Table, Members...> {};

// The first of several checks that something does not fit.
template <class Last, class... Checks>
struct first_unfit : Last {};
template <class First, class Second, class... Checks>
struct first_unfit<First, Second, Checks...>
    : std::conditional_t<First::fits, first_unfit<Second, Checks...>, First> {};

}  // namespace detail

/// A foreign key from members of the table's row to members of the row of another table of the same
/// database. An empty name stands for `fk_{table}_{column}`. After the actions stand
/// set_null_in<…>, and deferred or deferrable, if any.
template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options>
struct foreign_key {};

template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options>
requires(detail::is_members<From>&& detail::is_members<To>) struct foreign_key<
    Name, From, To, OnDelete, OnUpdate, Options...> {
  using target_row = typename To::row_type;
  using target_members = To;

  static constexpr bool types_match =
      std::is_same_v<typename From::value_types, typename To::value_types>;

  template <class Table>
  static constexpr auto name = [] {
    if constexpr (Name.empty())
      return fixed_string{"fk_"} + Table::name + From::template suffix<Table>;
    else
      return Name;
  }();
  template <class Table, class Target>
  static constexpr foreign_key_description description = [] {
    foreign_key_description described{name<Table>.view(),
                                      From::template columns<Table>,
                                      Target::name.view(),
                                      To::template columns<Target>,
                                      OnDelete,
                                      OnUpdate};
    (detail::set_option<Options, Table>(described), ...);
    return described;
  }();
};

namespace detail {

template <fixed_string Name, auto Member>
inline constexpr part_kind kind_of<column<Name, Member>> = part_kind::column;
template <auto... Members>
inline constexpr part_kind kind_of<not_stored<Members...>> = part_kind::not_stored;
template <index_description::kind Kind, fixed_string Name, fixed_string Condition, auto... Terms>
inline constexpr part_kind kind_of<index_part<Kind, Name, Condition, Terms...>> = part_kind::index;
template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options>
inline constexpr part_kind kind_of<foreign_key<Name, From, To, OnDelete, OnUpdate, Options...>> =
    part_kind::foreign_key;
template <auto Member, fixed_string Value>
inline constexpr part_kind kind_of<default_to<Member, Value>> = part_kind::default_value;
template <fixed_string Name, fixed_string Expression>
inline constexpr part_kind kind_of<check<Name, Expression>> = part_kind::condition;
template <fixed_string Name, fixed_string Value>
inline constexpr part_kind kind_of<storage<Name, Value>> = part_kind::storage;
template <int Percent>
inline constexpr part_kind kind_of<fillfactor<Percent>> = part_kind::fillfactor;

// The rule that a part breaks by itself, before anything is made of it.
template <class Part, fixed_string Table>
struct part_check {
  using type = rules::is_no_part_of_a_table<Part, Table>;
};
template <class Part, fixed_string Table>
requires(kind_of<Part> != part_kind::none) struct part_check<Part, Table> {
  using type = rules::well_formed;
};
template <fixed_string Name, auto Member, fixed_string Table>
requires NamedEnum<typename column<Name, Member>::value_type>
struct part_check<column<Name, Member>, Table> {
  using type = checked_enumeration<typename column<Name, Member>::value_type>;
};
template <fixed_string Name, auto Member, fixed_string Table>
requires(column_type_of<typename column<Name, Member>::value_type>::is_none) struct part_check<
    column<Name, Member>, Table> {
  using type =
      rules::column_has_a_type_that_is_none<Name, typename column<Name, Member>::value_type, Table>;
};
template <index_description::kind Kind, fixed_string Name, fixed_string Condition,
          fixed_string Table>
struct part_check<index_part<Kind, Name, Condition>, Table> {
  using type = rules::key_or_index_has_no_columns<Name, Table>;
};
template <fixed_string Condition, auto... Terms, fixed_string Table>
requires(sizeof...(Terms) > 0 &&
         ((kind_of_term_value<Terms> != term_kind::member) ||
          ...)) struct part_check<index_part<index_description::kind::primary_key, "", Condition,
                                             Terms...>,
                                  Table> {
  using type = rules::primary_key_is_not_made_of_members<Table>;
};
template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options, fixed_string Table>
struct part_check<foreign_key<Name, From, To, OnDelete, OnUpdate, Options...>, Table> {
  template <class Key>
  static consteval auto broken() {
    if constexpr (!is_members<From> || !is_members<To>)
      return std::type_identity<rules::foreign_key_is_not_made_of_members<Key, Table>>{};
    else if constexpr (To::size > 0 && std::is_void_v<typename To::row_type>)
      return std::type_identity<rules::members_belong_to_several_rows<Name, Table>>{};
    else if constexpr (From::size == 0 || From::size != To::size)
      return std::type_identity<rules::foreign_key_and_its_target_differ_in_columns<Name, Table>>{};
    else if constexpr (OnDelete == referential_action::set_default ||
                       OnUpdate == referential_action::set_default)
      return std::type_identity<rules::foreign_key_sets_a_default<Name, Table>>{};
    else if constexpr (times_of<key_option::none, Options...> > 0)
      return std::type_identity<rules::is_no_option_of_a_foreign_key<Key, Table>>{};
    else if constexpr (times_of<key_option::set_null_in, Options...> > 1 ||
                       times_of<key_option::enforcement, Options...> > 1)
      return std::type_identity<rules::foreign_key_has_an_option_twice<Name, Table>>{};
    else if constexpr ((std::is_same_v<Options, set_null_in<>> || ...) ||
                       (times_of<key_option::set_null_in, Options...> > 0 &&
                        OnDelete != referential_action::set_null))
      return std::type_identity<rules::set_null_in_does_not_fit_its_key<Name, Table>>{};
    else
      return std::type_identity<rules::well_formed>{};
  }
  using type =
      typename decltype(broken<
                        foreign_key<Name, From, To, OnDelete, OnUpdate, Options...>>())::type;
};
template <int Percent, fixed_string Table>
requires(Percent<10 || Percent> 100) struct part_check<fillfactor<Percent>, Table> {
  using type = rules::fillfactor_is_out_of_range<Percent, Table>;
};
template <fixed_string Name, fixed_string Value, fixed_string Table>
requires(!is_storage_parameter(Name.view())) struct part_check<storage<Name, Value>, Table> {
  using type = rules::storage_parameter_is_none<Name, Table>;
};
template <fixed_string Name, fixed_string Value, fixed_string Table>
requires(is_storage_parameter(Name.view()) &&
         !is_value_of(Name.view(), Value.view())) struct part_check<storage<Name, Value>, Table> {
  using type = rules::storage_parameter_has_no_plain_value<Name, Value, Table>;
};

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
struct columns_check : members_check<Table> {};
template <index_description::kind Kind, fixed_string Name, fixed_string Condition, auto... Terms,
          class Table>
struct columns_check<index_part<Kind, Name, Condition, Terms...>, Table>
    : terms_check<Table, Terms...> {};
template <auto Member, fixed_string Value, class Table>
struct columns_check<default_to<Member, Value>, Table> : members_check<Table, Member> {};
// The description knows JSON, but neither objects nor arrays.
template <auto Member, fixed_string Value, class Table>
requires(std::is_same_v<typename member_traits<Member>::value_type, json::object> ||
         std::is_same_v<typename member_traits<Member>::value_type,
                        json::array>) struct columns_check<default_to<Member, Value>, Table>
    : members_check<Table, Member> {
  static constexpr std::string_view empty =
      std::is_same_v<typename member_traits<Member>::value_type, json::object> ? "{}" : "[]";
  using type =
      std::conditional_t<members_check<Table, Member>::fits && Value.view() != empty,
                         rules::default_is_no_value_of_its_column<
                             Value, Table::template column_with<Member>::name, Table::name>,
                         typename members_check<Table, Member>::type>;
};
template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options, class Table>
requires(is_members<From>) struct columns_check<
    foreign_key<Name, From, To, OnDelete, OnUpdate, Options...>, Table>
    : first_unfit<target_check<From, Table>, option_check<Options, Table>...> {
};

// Stands for a base of the row, and for nothing else.
template <class Row>
struct any_base {
  template <class Value>
  requires(std::is_base_of_v<Value, Row> && !std::is_same_v<Value, Row>) operator Value()
      const noexcept;
};

// Stands for a value of any member, but not for a base: the compiler then goes into that.
template <class Row>
struct any_member {
  template <class Value>
  requires(!std::is_base_of_v<Value, Row>) operator Value() const noexcept;
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

// Whether the class has members that none of the parts names. Those of a class that is no aggregate
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

// The members of not_stored<…> are those of the row or of a base, have no column, and are named
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

template <class Part, class Table>
concept FittingIndex = Index<Part> && columns_check<Part, Table>::fits;

template <class Part, class Table, std::size_t Size>
constexpr void add_index(std::array<index_description, Size>& all, std::size_t& next) {
  if constexpr (FittingIndex<Part, Table>) all[next++] = Part::template description<Table>;
}

}  // namespace detail

/// Of a table: PostgreSQL takes 1,600 columns, and the compiler minutes for those.
inline constexpr std::size_t parts_max = 500;

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
  static constexpr int fill_percent = [] {
    int percent = 100;
    (detail::set_fill_percent<Parts>(percent), ...);
    return percent;
  }();

  static constexpr auto column_descriptions = [] {
    std::array<column_description, (std::size_t{detail::Column<Parts>} + ... + 0)> all{};
    std::size_t next = 0;
    (detail::add_column<Parts, table>(all, next), ...);
    if constexpr ((detail::Default<Parts> || ...)) (detail::add_default<Parts, table>(all), ...);
    return all;
  }();
  static_assert(
      sizeof(std::conditional_t<detail::has_two_defaults<table, Parts...>(),
                                rules::column_has_two_defaults<Name>, rules::well_formed>) != 0);

  static constexpr auto condition_descriptions = [] {
    constexpr std::size_t size = (std::size_t{detail::Condition<Parts>} + ... + 0);
    std::array<condition_description, size> all{};
    if constexpr (size > 0) {
      std::size_t next = 0;
      (detail::add_condition<Parts>(all, next), ...);
    }
    return all;
  }();

  static constexpr auto storage_parameters = [] {
    std::array<storage_parameter, (std::size_t{detail::Storage<Parts>} + ... + 0)> all{};
    std::size_t next = 0;
    (detail::add_storage<Parts>(all, next), ...);
    return all;
  }();
  static_assert(sizeof(std::conditional_t<!detail::names_differ(storage_parameters),
                                          rules::table_has_a_storage_parameter_twice<Name>,
                                          rules::well_formed>) != 0);

  static constexpr auto index_descriptions = [] {
    std::array<index_description, (std::size_t{detail::FittingIndex<Parts, table>} + ... + 0)>
        all{};
    std::size_t next = 0;
    (detail::add_index<Parts, table>(all, next), ...);
    return all;
  }();
};

/// A row that is too wide: nothing is made of it.
template <class Row, fixed_string Name, class... Parts>
requires(sizeof...(Parts) > parts_max) struct table<Row, Name, Parts...>
    : rules::table_has_more_than_500_parts<Name> {
  using row_type = Row;
  using parts = detail::list<>;
  static constexpr auto name = Name;
  static constexpr int fill_percent = 100;
  static constexpr std::array<column_description, 0> column_descriptions{};
  static constexpr std::array<condition_description, 0> condition_descriptions{};
  static constexpr std::array<storage_parameter, 0> storage_parameters{};
  static constexpr std::array<index_description, 0> index_descriptions{};
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
