// SPDX-License-Identifier: Apache-2.0
// refused: relationship_names_two_keys<
// says: follows one key
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<to_one<"organization", organization, via<&contact::organization_id>,
                          via_constraint<"fk_organization_billing_contact_id">>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
