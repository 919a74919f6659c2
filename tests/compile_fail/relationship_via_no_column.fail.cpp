// SPDX-License-Identifier: Apache-2.0
// refused: relationship_names_no_key_in_via<
// says: names the members
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<to_one<"organization", organization, via<>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
