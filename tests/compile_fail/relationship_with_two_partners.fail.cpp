// SPDX-License-Identifier: Apache-2.0
// refused: relationship_has_two_partners<
// says: one partner
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_many<"contacts", contact, via<&contact::organization_id>,
                                back_populates<"organization">>> {};
struct contact_table
    : contact_with<to_one<"organization", organization, via<&contact::organization_id>,
                          back_populates<"persons">, back_populates<"contacts">>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
