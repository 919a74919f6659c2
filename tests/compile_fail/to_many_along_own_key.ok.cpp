// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<to_many<"billed", organization, via<&organization::billing_contact_id>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
