// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<> {};
struct user_table : user_with<> {};
struct project_table : project_with<to_one<"organization", std::optional<organization>>> {};

constexpr auto tables =
    database<organization_table, contact_table, user_table, project_table>::description.tables;
