// SPDX-License-Identifier: Apache-2.0
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<to_one<"billing_contact", std::optional<contact>,
                                                     via<&organization::billing_contact_id>>> {};
struct contact_table : contact_with<> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
