// SPDX-License-Identifier: Apache-2.0
// refused:
// relationship_follows_no_foreign_key<.*"contact.organization".*"contact".*"organization".*"fk_contact_organization_id"
// says: name one of those shown, or add one
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<to_one<"organization", organization, via<&contact::id>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
