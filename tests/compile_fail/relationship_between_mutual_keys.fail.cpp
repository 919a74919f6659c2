// SPDX-License-Identifier: Apache-2.0
// refused:
// ambiguous_foreign_key_path<.*"organization.contacts".*"organization".*"contact".*"fk_organization_billing_contact_id".*"fk_contact_organization_id"
// says: name the key to follow, with via<&row::member> or via_constraint
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<to_many<"contacts", contact>> {};
struct contact_table : contact_with<> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
