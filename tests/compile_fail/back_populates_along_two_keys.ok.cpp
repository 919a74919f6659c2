// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_many<"contacts", contact, via<&contact::organization_id>,
                                back_populates<"organization">>> {};
struct contact_table
    : contact_with<unique<"uq_contact_email", &contact::email>,
                   to_one<"organization", organization, via<&contact::organization_id>,
                          back_populates<"contacts">>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
