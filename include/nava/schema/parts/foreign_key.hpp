// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/description.hpp>
#include <nava/schema/parts/part.hpp>

/// Foreign keys and their options, as parts of a table. Types and constants; safe to use from any
/// thread.
namespace nava::schema {

/// An option of a foreign key: ON DELETE SET NULL sets these columns of the key only. PostgreSQL
/// supports this from version 15. On SQLite the trigger `{key}_set_null` does it.
template <auto... Members>
struct set_null_in : members<Members...> {};

/// An option of a foreign key: the database checks the key at COMMIT.
struct deferred {};

/// An option of a foreign key: the database checks the key after each statement. A transaction can
/// ask for the check at COMMIT, by SET CONSTRAINTS or, on SQLite, PRAGMA defer_foreign_keys.
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

}  // namespace detail

/// A foreign key from members of the table's row to members of the row of another table of the same
/// database. An empty name stands for `fk_{table}_{column}`. After the actions stand the options,
/// if any: set_null_in<…>, and deferred or deferrable.
template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options>
struct foreign_key {};

template <fixed_string Name, detail::MemberList From, detail::MemberList To,
          referential_action OnDelete, referential_action OnUpdate, class... Options>
struct foreign_key<Name, From, To, OnDelete, OnUpdate, Options...> {
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

template <fixed_string Name, class From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options>
inline constexpr part_kind kind_of<foreign_key<Name, From, To, OnDelete, OnUpdate, Options...>> =
    part_kind::foreign_key;

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

template <class Option, class Table>
struct option_check : members_check<Table> {};
template <auto... Members, class Table>
struct option_check<set_null_in<Members...>, Table> : members_check<Table, Members...> {};

template <fixed_string Name, MemberList From, class To, referential_action OnDelete,
          referential_action OnUpdate, class... Options, class Table>
struct columns_check<foreign_key<Name, From, To, OnDelete, OnUpdate, Options...>, Table>
    : first_unfit<target_check<From, Table>, option_check<Options, Table>...> {};

}  // namespace detail
}  // namespace nava::schema
