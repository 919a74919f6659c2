// SPDX-License-Identifier: Apache-2.0
// refused: backward_leads_to_another_table<.*"contact.organization".*"contact".*"organization"
// says: leave backward out
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<to_one<"organization", organization, via<&contact::organization_id>, backward>> {
};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
