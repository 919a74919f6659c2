// SPDX-License-Identifier: Apache-2.0
// refused: row_has_no_table_in_this_database
// says: list the table of this row
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table : contact_with<> {};

using customers = database<organization_table, contact_table,
                           relationships_of<user, to_one<"billing_contact", std::optional<contact>,
                                                         via<&organization::billing_contact_id>>>>;

constexpr auto tables = customers::description.tables;
