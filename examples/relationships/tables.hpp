// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nava/schema/database.hpp>

/// The customers of an engineering office, their contacts, and the projects done for them. Several
/// foreign keys lead between two of the tables, so most relationships say which one they follow.
namespace office {

using namespace nava::schema;

struct user {
  nava::uuid id{};
  std::string name;
};

struct organization {
  nava::uuid id{};
  std::string name;
  std::optional<nava::uuid> billing_contact_id;
};

struct contact {
  nava::uuid id{};
  nava::uuid organization_id{};
  std::string name;
  std::optional<std::string> email;
};

struct category {
  nava::uuid id{};
  std::optional<nava::uuid> parent_id;
  std::string name;
};

struct project {
  nava::uuid id{};
  nava::uuid contact_id{};
  nava::uuid category_id{};
  std::string title;
  std::int64_t year = 0;
  nava::uuid owner_id{};
  nava::uuid created_by{};
  std::optional<nava::uuid> updated_by;
};

/// A foreign key of one column, `fk_{table}_{column}`.
template <auto From, auto To, referential_action OnDelete>
using key = foreign_key<"", members<From>, members<To>, OnDelete, referential_action::cascade>;

struct user_table : table<user, "user_account", column<"id", &user::id>,
                          column<"name", &user::name>, primary_key<&user::id>> {};

// An organization has contacts, and one of all contacts gets its bills: a key each way.
struct organization_table
    : table<organization, "organization", column<"id", &organization::id>,
            column<"name", &organization::name>,
            column<"billing_contact_id", &organization::billing_contact_id>,
            primary_key<&organization::id>,
            index_on<"ix_organization_billing_contact_id", &organization::billing_contact_id>,
            key<&organization::billing_contact_id, &contact::id, referential_action::set_null>,
            to_many<"contacts", contact, via<&contact::organization_id>,
                    back_populates<"organization">>,
            to_one<"billing_contact", std::optional<contact>,
                   via<&organization::billing_contact_id>>> {};

struct contact_table
    : table<contact, "contact", column<"id", &contact::id>,
            column<"organization_id", &contact::organization_id>, column<"name", &contact::name>,
            column<"email", &contact::email>, primary_key<&contact::id>,
            index_on<"ix_contact_organization_id", &contact::organization_id>,
            key<&contact::organization_id, &organization::id, referential_action::cascade>,
            to_one<"organization", organization, via<&contact::organization_id>,
                   back_populates<"contacts">>,
            to_many<"projects", project, back_populates<"contact">>> {};

// A key of a table to itself: to_one goes up, to_many goes down.
struct category_table
    : table<category, "category", column<"id", &category::id>,
            column<"parent_id", &category::parent_id>, column<"name", &category::name>,
            primary_key<&category::id>, index_on<"ix_category_parent_id", &category::parent_id>,
            key<&category::parent_id, &category::id, referential_action::no_action>,
            to_one<"parent", std::optional<category>, via<&category::parent_id>,
                   back_populates<"children">>,
            to_many<"children", category, via<&category::parent_id>, back_populates<"parent">>,
            to_many<"projects", project, back_populates<"category">>> {};

// Three keys lead to the users. A project names one contact and one category, which needs no via.
struct project_table
    : table<project, "project", column<"id", &project::id>,
            column<"contact_id", &project::contact_id>,
            column<"category_id", &project::category_id>, column<"title", &project::title>,
            column<"year", &project::year>, column<"owner_id", &project::owner_id>,
            column<"created_by", &project::created_by>, column<"updated_by", &project::updated_by>,
            primary_key<&project::id>, index_on<"ix_project_contact_id", &project::contact_id>,
            index_on<"ix_project_category_id", &project::category_id>,
            index_on<"ix_project_owner_id", &project::owner_id>,
            index_on<"ix_project_created_by", &project::created_by>,
            index_on<"ix_project_updated_by", &project::updated_by>,
            key<&project::contact_id, &contact::id, referential_action::cascade>,
            key<&project::category_id, &category::id, referential_action::no_action>,
            key<&project::owner_id, &user::id, referential_action::no_action>,
            key<&project::created_by, &user::id, referential_action::no_action>,
            key<&project::updated_by, &user::id, referential_action::set_null>,
            to_one<"contact", contact, back_populates<"projects">>,
            to_one<"category", category, back_populates<"projects">>,
            to_one<"owner", user, via<&project::owner_id>>,
            to_one<"creator", user, via<&project::created_by>>,
            to_one<"editor", std::optional<user>, via<&project::updated_by>>> {};

using customers =
    database<user_table, organization_table, contact_table, category_table, project_table>;

}  // namespace office
