// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct node {
  nava::uuid id;
  std::optional<nava::uuid> parent_id;
  std::optional<nava::uuid> twin_id;
};
struct node_table : table<node, "node", column<"_id", &node::id>,
                          column<"parent_id", &node::parent_id>, column<"twin_id", &node::twin_id>,
                          primary_key<&node::id>, index_on<"ix_node_parent_id", &node::parent_id>,
                          index_on<"ix_node_twin_id", &node::twin_id>,
                          foreign_key<"", members<&node::parent_id>, members<&node::id>,
                                      referential_action::set_null, referential_action::cascade>,
                          foreign_key<"", members<&node::twin_id>, members<&node::id>,
                                      referential_action::restrict, referential_action::cascade>> {
};

constexpr auto tables = database<node_table>::description.tables;
