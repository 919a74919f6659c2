// SPDX-License-Identifier: Apache-2.0
// refused:
// ambiguous_foreign_key_path<.*"project.owner".*"project".*"user".*"fk_project_owner_id".*"fk_project_created_by"
// says: name the key to follow, with via<&row::member> or via_constraint
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<> {};
struct user_table : user_with<> {};
struct project_table : project_with<to_one<"owner", user>> {};

constexpr auto tables =
    database<organization_table, contact_table, user_table, project_table>::description.tables;
