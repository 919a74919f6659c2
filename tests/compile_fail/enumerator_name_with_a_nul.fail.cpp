// SPDX-License-Identifier: Apache-2.0
// refused: enumerator_name_is_not_text<
// says: UTF-8 without a NUL
#include "enumeration_tables.hpp"

using namespace enumerations;

template <>
struct nava::schema::enum_names<enumerations::color> {
  static constexpr std::array names{enum_name{enumerations::color::red, "R\0D"},
                                    enum_name{enumerations::color::green, "GREEN"},
                                    enum_name{enumerations::color::blue, "BLUE"}};
};

constexpr auto tables = database<lamp_table<enumerations::color>>::description.tables;
