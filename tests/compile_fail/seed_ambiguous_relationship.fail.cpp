// SPDX-License-Identifier: Apache-2.0
// refused: ambiguous_foreign_key_path<.*"organization.contacts".*"fk_contact_organization_id"
// says: name the key to follow, with via<&row::member> or via_constraint
#include <nava/schema/database.hpp>

using namespace nava::schema;

struct organization {
  nava::uuid id;
  std::optional<nava::uuid> billing_contact_id;
};

struct contact {
  nava::uuid id;
  nava::uuid organization_id;
};

struct organization_table
    : table<organization, "organization", column<"id", &organization::id>,
            column<"billing_contact_id", &organization::billing_contact_id>,
            primary_key<&organization::id>,
            index_on<"ix_organization_billing_contact_id", &organization::billing_contact_id>,
            foreign_key<"", members<&organization::billing_contact_id>, members<&contact::id>,
                        referential_action::set_null, referential_action::cascade>,
            to_many<"contacts", contact>, to_one<"billing_contact", std::optional<contact>>> {};

struct contact_table
    : table<contact, "contact", column<"id", &contact::id>,
            column<"organization_id", &contact::organization_id>, primary_key<&contact::id>,
            index_on<"ix_contact_organization_id", &contact::organization_id>,
            foreign_key<"", members<&contact::organization_id>, members<&organization::id>,
                        referential_action::cascade, referential_action::cascade>,
            to_one<"organization", organization>> {};

constexpr auto tables = database<organization_table, contact_table>::description.tables;
