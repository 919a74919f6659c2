// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<to_one<"organization", organization, via<&contact::organization_id>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
