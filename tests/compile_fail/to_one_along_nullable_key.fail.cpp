// SPDX-License-Identifier: Apache-2.0
// refused:
// to_one_and_its_key_differ_in_nullability<.*"organization.billing_contact".*"organization".*"contact".*"fk_organization_billing_contact_id"
// says: the key is nullable, or is a key of the target table
#include "crm_tables.hpp"

using namespace crm;

struct organization_table
    : organization_with<
          to_one<"billing_contact", contact, via<&organization::billing_contact_id>>> {};
struct contact_table : contact_with<> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
