// SPDX-License-Identifier: Apache-2.0
// refused: is_no_part_of_a_table<.*list<.*"stamp"
// says: a table is made of column
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
};
template <class... Parts>
struct list {};
struct stamp_table
    : table<stamp, "stamp", list<column<"_id", &stamp::id>>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
