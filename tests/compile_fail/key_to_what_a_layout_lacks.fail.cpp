// SPDX-License-Identifier: Apache-2.0
// refused:
// foreign_key_leads_to_what_a_layout_lacks<.*"fk_filing_resource_id_resource_name_wfdef_key".*"filing".*"workflow"
// says: let a key to workflow lead to its id
#include "extension_tables.hpp"

using namespace extensions;

struct filing {
  nava::uuid id;
  std::string resource_id;
  std::string resource_name;
  std::string wfdef_key;
};
struct filing_table
    : table<filing, "filing", column<"_id", &filing::id>,
            column<"resource_id", &filing::resource_id>,
            column<"resource_name", &filing::resource_name>,
            column<"wfdef_key", &filing::wfdef_key>, primary_key<&filing::id>,
            index_on<"ix_filing_resource", &filing::resource_id, &filing::resource_name,
                     &filing::wfdef_key>,
            foreign_key<
                "", members<&filing::resource_id, &filing::resource_name, &filing::wfdef_key>,
                members<&workflow::resource_id, &workflow::resource_name, &workflow::wfdef_key>,
                referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = workflow_database<filing_table>::description.tables;
