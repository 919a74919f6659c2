// SPDX-License-Identifier: Apache-2.0
// refused: two_relationships_share_the_name<.*"user".*"project"
// says: give each relationship of a table its own name
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<> {};
struct user_table : user_with<> {};
struct project_table : project_with<to_one<"user", user, via<&project::owner_id>>,
                                    to_one<"user", user, via<&project::created_by>>> {};

constexpr auto tables =
    database<organization_table, contact_table, user_table, project_table>::description.tables;
