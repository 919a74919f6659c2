// SPDX-License-Identifier: Apache-2.0
// refused:
// relationship_follows_no_foreign_key<.*"project.contact".*"project".*"contact".*"fk_project_organization_id".*"fk_organization_billing_contact_id"
// says: name one of those shown, or add one
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<> {};
struct user_table : user_with<> {};
struct project_table : project_with<to_one<"contact", std::optional<contact>>> {};

constexpr auto tables =
    database<organization_table, contact_table, user_table, project_table>::description.tables;
