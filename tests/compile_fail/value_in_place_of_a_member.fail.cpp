// SPDX-License-Identifier: Apache-2.0
// refused: write a member of the row as a pointer to it, &row::member
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
};
struct stamp_table : table<stamp, "stamp", column<"_id", 1>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
