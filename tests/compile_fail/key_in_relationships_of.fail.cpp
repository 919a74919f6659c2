// SPDX-License-Identifier: Apache-2.0
// refused: is_no_relationship<.*foreign_key<
// says: columns, keys and indexes stand in the table
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<> {};

constexpr auto tables =
    database<organization_table, contact_table,
             relationships_of<contact, key<&contact::organization_id, &organization::id>>>::
        description.tables;
