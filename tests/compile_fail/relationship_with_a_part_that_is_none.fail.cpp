// SPDX-License-Identifier: Apache-2.0
// refused: is_no_part_of_a_relationship<.*"organization".*int
// says: after its name and row a relationship takes
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<to_one<"organization", organization, via<&contact::organization_id>, int>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
