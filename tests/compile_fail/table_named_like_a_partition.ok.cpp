// SPDX-License-Identifier: Apache-2.0
#include "extension_tables.hpp"

using namespace extensions;

struct leaf {
  nava::uuid id;
};
struct leaf_table
    : table<leaf, "workflow_step_page", column<"_id", &leaf::id>, primary_key<&leaf::id>> {};

constexpr auto tables = workflow_database<leaf_table>::description.tables;
