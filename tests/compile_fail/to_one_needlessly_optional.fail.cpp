// SPDX-License-Identifier: Apache-2.0
// refused:
// to_one_and_its_key_differ_in_nullability<.*"contact.organization".*"contact".*"organization".*"fk_contact_organization_id"
// says: the key is nullable, or is a key of the target table
#include "crm_tables.hpp"

using namespace crm;

struct organization_table : organization_with<> {};
struct contact_table
    : contact_with<
          to_one<"organization", std::optional<organization>, via<&contact::organization_id>>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
