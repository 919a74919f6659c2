// SPDX-License-Identifier: Apache-2.0
// refused: column_is_a_member_of_another_row<.*"name".*"stamp"
// says: of a base of it
#include "claim_tables.hpp"

using namespace claims;

struct stamp {
  nava::uuid id;
};
struct stamp_table : table<stamp, "stamp", column<"_id", &stamp::id>,
                           column<"name", &receipt::name>, primary_key<&stamp::id>> {};

constexpr auto tables = database<stamp_table>::description.tables;
