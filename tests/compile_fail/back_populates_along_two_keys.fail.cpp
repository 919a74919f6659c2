// SPDX-License-Identifier: Apache-2.0
// refused:
// back_populates_pair_follows_two_foreign_keys<.*"organization.contacts".*"contact.organization".*"fk_contact_organization_id".*"fk_organization_billing_contact_id"
// says: name the same in both
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_many<"contacts", contact, via<&contact::organization_id>,
                                back_populates<"organization">>> {};
struct contact_table
    : contact_with<unique<"uq_contact_email", &contact::email>,
                   to_many<"organization", organization, via<&organization::billing_contact_id>,
                           back_populates<"contacts">>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
