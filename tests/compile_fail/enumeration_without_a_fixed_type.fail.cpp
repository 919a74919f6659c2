// SPDX-License-Identifier: Apache-2.0
// refused: enumeration_has_no_fixed_underlying_type<.*"wrong::shade"
// says: write enum class
#include "enumeration_tables.hpp"

using namespace enumerations;

namespace wrong {
enum shade { red };
}

template <>
struct nava::schema::enum_names<wrong::shade> {
  static constexpr std::array names{enum_name{wrong::red, "RED"}};
};

constexpr auto tables = database<lamp_table<wrong::shade>>::description.tables;
