// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_one<"contact", std::optional<contact>, via<&contact::organization_id>>> {
};
struct contact_table
    : contact_with<unique<"uq_contact_organization_id", &contact::organization_id>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
