// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/refusals/basics.hpp>

/// Refusals of enumerations that columns hold.
namespace nava::schema::rules {

template <fixed_string... EnumeratorAndEnumeration>
struct enumerator_has_no_name {
  static_assert(sizeof...(EnumeratorAndEnumeration) == 0,
                "a row with this value could not be stored: name each enumerator in enum_names, as "
                "enum_name{enumeration::enumerator, \"TEXT\"}");
};
template <fixed_string... Enumeration>
struct enumeration_has_no_enumerators {
  static_assert(sizeof...(Enumeration) == 0,
                "no row could have a value: name the enumerators in enum_names");
};
template <fixed_string... TextOrEnumerator>
struct enumeration_names_one_twice {
  static_assert(sizeof...(TextOrEnumerator) == 0,
                "an enumerator has one name and a name stands for one enumerator: leave out the "
                "second");
};
template <fixed_string... Text>
struct enumerator_name_is_not_text {
  static_assert(sizeof...(Text) == 0,
                "the name of an enumerator is UTF-8 without a NUL, which no database takes");
};
template <fixed_string... Enumeration>
struct enumeration_has_no_fixed_underlying_type {
  static_assert(sizeof...(Enumeration) == 0,
                "write enum class, or enum with its type as in `enum color : int`, so that every "
                "value can be looked at");
};
template <fixed_string... Enumeration>
struct names_of_an_enumeration_are_not_named {
  static_assert(sizeof...(Enumeration) == 0,
                "the names of enum_names are tied to the enumerators by value: write "
                "std::array names{enum_name{enumeration::enumerator, \"TEXT\"}, …}");
};

}  // namespace nava::schema::rules
