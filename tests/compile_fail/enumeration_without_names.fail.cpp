// SPDX-License-Identifier: Apache-2.0
// refused: enumeration_has_no_enumerators<.*"wrong::shade"
// says: no row could have a value
#include "enumeration_tables.hpp"

using namespace enumerations;

namespace wrong {
enum class shade {};
}

template <>
struct nava::schema::enum_names<wrong::shade> {
  static constexpr std::array<enum_name<wrong::shade>, 0> names{};
};

constexpr auto tables = database<lamp_table<wrong::shade>>::description.tables;
