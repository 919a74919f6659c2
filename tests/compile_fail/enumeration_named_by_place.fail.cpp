// SPDX-License-Identifier: Apache-2.0
// refused: names_of_an_enumeration_are_not_named<.*"enumerations::color"
// says: tied to the enumerators by value
#include "enumeration_tables.hpp"

using namespace enumerations;

template <>
struct nava::schema::enum_names<enumerations::color> {
  static constexpr std::array<std::string_view, 3> names{"RED", "GREEN", "BLUE"};
};

constexpr auto tables = database<lamp_table<enumerations::color>>::description.tables;
