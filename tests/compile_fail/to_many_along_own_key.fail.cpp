// SPDX-License-Identifier: Apache-2.0
// refused:
// to_many_follows_a_key_of_its_own_table<.*"contact.organizations".*"contact".*"organization".*"fk_contact_organization_id"
// says: write to_one, or name a key of the target table
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<to_many<"organizations", organization, via<&contact::organization_id>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
