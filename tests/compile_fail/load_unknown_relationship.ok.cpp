// SPDX-License-Identifier: Apache-2.0
#include <nava/persistence/related_rows.hpp>

#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<to_many<"contacts", contact, via<&contact::organization_id>>,
                        to_one<"billing_contact", std::optional<contact>,
                               via<&organization::billing_contact_id>>> {};
struct contact_table : contact_with<> {};
using customers = database<organization_table, contact_table>;

auto load(nava::persistence::row_store& store, const std::vector<organization>& rows) {
  return nava::persistence::load_related<customers, "contacts">(store, rows);
}
