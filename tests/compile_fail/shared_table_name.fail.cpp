// SPDX-License-Identifier: Apache-2.0
// refused: two_tables_share_the_name<.*"claim"
// says: list a table once, under a name of its own
#include "claim_tables.hpp"

using namespace claims;

struct second {
  nava::uuid id;
};

struct second_table : table<second, "claim", column<"_id", &second::id>, primary_key<&second::id>> {
};

constexpr auto tables = database<claim_table, second_table>::description.tables;
