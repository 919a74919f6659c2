// SPDX-License-Identifier: Apache-2.0
// refused: enumeration_names_one_twice<.*"CRIMSON".*"RED"
// says: leave out the second
#include "enumeration_tables.hpp"

using namespace enumerations;

template <>
struct nava::schema::enum_names<enumerations::color> {
  static constexpr std::array names{
      enum_name{enumerations::color::red, "RED"}, enum_name{enumerations::color::green, "GREEN"},
      enum_name{enumerations::color::blue, "BLUE"}, enum_name{enumerations::color::red, "CRIMSON"}};
};

constexpr auto tables = database<lamp_table<enumerations::color>>::description.tables;
