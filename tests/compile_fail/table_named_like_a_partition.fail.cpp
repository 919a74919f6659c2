// SPDX-License-Identifier: Apache-2.0
// refused: name_is_taken_by_a_layout<.*"workflow_step_p20261101".*"workflow_step"
// says: choose another
#include "extension_tables.hpp"

using namespace extensions;

struct leaf {
  nava::uuid id;
};
struct leaf_table
    : table<leaf, "workflow_step_p20261101", column<"_id", &leaf::id>, primary_key<&leaf::id>> {};

constexpr auto tables = workflow_database<leaf_table>::description.tables;
