// SPDX-License-Identifier: Apache-2.0
// refused: via_names_members_of_neither_table<.*"organization".*"contact".*"organization"
// says: takes members of the row of one of the two tables
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<to_one<"organization", organization, via<&user::id>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
