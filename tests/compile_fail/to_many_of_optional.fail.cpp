// SPDX-License-Identifier: Apache-2.0
// refused: to_many_has_an_optional_target<
// says: takes a row type
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<
          to_many<"contacts", std::optional<contact>, via<&contact::organization_id>>> {};
struct contact_table : contact_with<> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
