// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct filing {
  nava::uuid id;
  std::string resource_id;
  std::string resource_name;
  std::string wfdef_key;
};
struct filing_table : table<filing, "filing", column<"_id", &filing::id>,
                            column<"resource_id", &filing::resource_id>,
                            column<"resource_name", &filing::resource_name>,
                            column<"wfdef_key", &filing::wfdef_key>, primary_key<&filing::id>,
                            index_on<"ix_filing_resource", &filing::resource_id,
                                     &filing::resource_name, &filing::wfdef_key>> {};

constexpr auto tables = workflow_database<filing_table>::description.tables;
