// SPDX-License-Identifier: Apache-2.0
// refused: enumerator_has_no_name<.*"enumerations::color::blue"
// says: name each enumerator
#include "enumeration_tables.hpp"

using namespace enumerations;

template <>
struct nava::schema::enum_names<enumerations::color> {
  static constexpr std::array names{enum_name{enumerations::color::red, "RED"},
                                    enum_name{enumerations::color::green, "GREEN"}};
};

constexpr auto tables = database<lamp_table<enumerations::color>>::description.tables;
