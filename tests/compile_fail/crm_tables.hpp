// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/database.hpp>

// The models of a customer file, in which several foreign keys lead between two tables. The cases
// here differ in the relationships that they add.
namespace crm {

using namespace nava::schema;

struct organization {
  nava::uuid id;
  std::string name;
  std::optional<nava::uuid> billing_contact_id;
};

struct contact {
  nava::uuid id;
  nava::uuid organization_id;
  std::string email;
};

struct user {
  nava::uuid id;
  std::string name;
};

struct project {
  nava::uuid id;
  nava::uuid owner_id;
  nava::uuid created_by;
  std::optional<nava::uuid> organization_id;
};

struct category {
  nava::uuid id;
  std::optional<nava::uuid> parent_id;
};

template <auto From, auto To>
using key = foreign_key<"", members<From>, members<To>, referential_action::cascade,
                        referential_action::cascade>;
template <auto From, auto To>
using optional_key = foreign_key<"", members<From>, members<To>, referential_action::set_null,
                                 referential_action::cascade>;

template <class... Parts>
using organization_with =
    table<organization, "organization", column<"id", &organization::id>,
          column<"name", &organization::name>,
          column<"billing_contact_id", &organization::billing_contact_id>,
          primary_key<&organization::id>,
          index_on<"ix_organization_billing_contact_id", &organization::billing_contact_id>,
          optional_key<&organization::billing_contact_id, &contact::id>, Parts...>;

template <class... Parts>
using contact_with = table<contact, "contact", column<"id", &contact::id>,
                           column<"organization_id", &contact::organization_id>,
                           column<"email", &contact::email>, primary_key<&contact::id>,
                           index_on<"ix_contact_organization_id", &contact::organization_id>,
                           key<&contact::organization_id, &organization::id>, Parts...>;

template <class... Parts>
using user_with = table<user, "user", column<"id", &user::id>, column<"name", &user::name>,
                        primary_key<&user::id>, Parts...>;

template <class... Parts>
using project_with =
    table<project, "project", column<"id", &project::id>, column<"owner_id", &project::owner_id>,
          column<"created_by", &project::created_by>,
          column<"organization_id", &project::organization_id>, primary_key<&project::id>,
          index_on<"ix_project_owner_id", &project::owner_id>,
          index_on<"ix_project_created_by", &project::created_by>,
          index_on<"ix_project_organization_id", &project::organization_id>,
          key<&project::owner_id, &user::id>, key<&project::created_by, &user::id>,
          optional_key<&project::organization_id, &organization::id>, Parts...>;

template <class... Parts>
using category_with = table<category, "category", column<"id", &category::id>,
                            column<"parent_id", &category::parent_id>, primary_key<&category::id>,
                            index_on<"ix_category_parent_id", &category::parent_id>,
                            optional_key<&category::parent_id, &category::id>, Parts...>;

}  // namespace crm
