// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json.hpp>
#include <nava/schema/database.hpp>

/// Tables with several foreign keys between two of them, one of a table to itself, one of two
/// columns, and a one-to-one.
namespace nava::test::crm {

using namespace nava::schema;

struct organization {
  uuid id{};
  std::string name;
  std::optional<uuid> billing_contact_id;
};

struct contact {
  uuid id{};
  uuid organization_id{};
  std::optional<std::string> email;
  double score = 0;
  timestamp since{};
  bool active = true;
  json::object notes;
};

struct category {
  std::int64_t number = 0;
  std::optional<std::int64_t> parent;
  std::string name;
};

struct shelf {
  std::string room;
  std::int64_t number = 0;
};

struct box {
  uuid id{};
  std::string room;
  std::optional<std::int64_t> shelf;
};

struct shelf_label {
  std::string room;
  std::int64_t number = 0;
  std::string text;
};

template <auto From, auto To, referential_action OnDelete = referential_action::cascade>
using key = foreign_key<"", members<From>, members<To>, OnDelete, referential_action::cascade>;

struct organization_table
    : table<
          organization, "organization", column<"id", &organization::id>,
          column<"name", &organization::name>,
          column<"billing_contact_id", &organization::billing_contact_id>,
          primary_key<&organization::id>,
          schema::index_on<"ix_organization_billing_contact_id", &organization::billing_contact_id>,
          key<&organization::billing_contact_id, &contact::id, referential_action::set_null>,
          to_many<"contacts", contact, via<&contact::organization_id>,
                  back_populates<"organization">>,
          to_one<"billing_contact", std::optional<contact>, via<&organization::billing_contact_id>,
                 back_populates<"billed">>> {};

struct contact_table
    : table<contact, "contact", column<"id", &contact::id>,
            column<"organization_id", &contact::organization_id>, column<"email", &contact::email>,
            column<"score", &contact::score>, column<"since", &contact::since>,
            column<"active", &contact::active>, column<"notes", &contact::notes>,
            primary_key<&contact::id>,
            schema::index_on<"ix_contact_organization_id", &contact::organization_id>,
            key<&contact::organization_id, &organization::id>,
            to_one<"organization", organization, via_constraint<"fk_contact_organization_id">,
                   back_populates<"contacts">>,
            to_many<"billed", organization, via<&organization::billing_contact_id>,
                    back_populates<"billing_contact">>> {};

struct category_table
    : table<category, "category", column<"number", &category::number>,
            column<"parent", &category::parent>, column<"name", &category::name>,
            primary_key<&category::number>,
            schema::index_on<"ix_category_parent", &category::parent>,
            key<&category::parent, &category::number>,
            to_one<"parent", std::optional<category>, via<&category::parent>,
                   back_populates<"children">>,
            to_many<"children", category, via<&category::parent>, back_populates<"parent">>> {};

struct shelf_table
    : table<shelf, "shelf", column<"room", &shelf::room>, column<"number", &shelf::number>,
            primary_key<&shelf::room, &shelf::number>, to_many<"boxes", box>,
            to_one<"label", std::optional<shelf_label>>> {};

struct box_table : table<box, "box", column<"id", &box::id>, column<"room", &box::room>,
                         column<"shelf", &box::shelf>, primary_key<&box::id>,
                         schema::index_on<"ix_box_shelf", &box::room, &box::shelf>,
                         foreign_key<"fk_box_shelf", members<&box::room, &box::shelf>,
                                     members<&shelf::room, &shelf::number>,
                                     referential_action::cascade, referential_action::cascade>,
                         to_one<"shelf", std::optional<shelf>>> {};

struct shelf_label_table
    : table<shelf_label, "shelf_label", column<"room", &shelf_label::room>,
            column<"number", &shelf_label::number>, column<"text", &shelf_label::text>,
            primary_key<&shelf_label::room, &shelf_label::number>,
            foreign_key<"fk_shelf_label_shelf", members<&shelf_label::room, &shelf_label::number>,
                        members<&shelf::room, &shelf::number>, referential_action::cascade,
                        referential_action::cascade>,
            to_one<"shelf", shelf>> {};

using customers = database<organization_table, contact_table, category_table, shelf_table,
                           box_table, shelf_label_table>;

}  // namespace nava::test::crm
