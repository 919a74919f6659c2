// SPDX-License-Identifier: Apache-2.0
// refused:
// to_one_follows_a_key_that_is_not_unique<.*"organization.contact".*"organization".*"contact".*"fk_contact_organization_id"
// says: write to_many, or make the columns of the key unique
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_one<"contact", std::optional<contact>, via<&contact::organization_id>>> {
};
struct contact_table : contact_with<> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
