// SPDX-License-Identifier: Apache-2.0
// refused: foreign_keys_that_are_never_null_form_a_cycle<.*"fk_node_parent_id".*"node"
// says: no first row can be inserted
#include "claim_tables.hpp"

using namespace claims;

struct node {
  nava::uuid id;
  nava::uuid parent_id;
};
struct node_table
    : table<node, "node", column<"id", &node::id>, column<"parent_id", &node::parent_id>,
            primary_key<&node::id>, index_on<"ix_node_parent_id", &node::parent_id>,
            cascading_key<&node::parent_id, &node::id>> {};

constexpr auto tables = database<node_table>::description.tables;
