// SPDX-License-Identifier: Apache-2.0
// refused:
// back_populates_names_no_partner<.*"contact.organization".*"organization.persons".*"contact".*"organization"
// says: names this one in its own back_populates
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_many<"contacts", contact, via<&contact::organization_id>,
                                back_populates<"organization">>> {};
struct contact_table
    : contact_with<to_one<"organization", organization, via<&contact::organization_id>,
                          back_populates<"persons">>> {};

constexpr auto tables = database<contact_table, organization_table>::description.tables;
