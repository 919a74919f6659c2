// SPDX-License-Identifier: Apache-2.0
// refused: enumeration_names_one_twice<.*"RED".*"RED"
// says: leave out the second
#include "enumeration_tables.hpp"

using namespace enumerations;

template <>
struct nava::schema::enum_names<enumerations::color> {
  static constexpr std::array names{enum_name{enumerations::color::red, "RED"},
                                    enum_name{enumerations::color::green, "RED"},
                                    enum_name{enumerations::color::blue, "BLUE"}};
};

constexpr auto tables = database<lamp_table<enumerations::color>>::description.tables;
