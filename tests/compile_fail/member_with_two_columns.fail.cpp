// SPDX-License-Identifier: Apache-2.0
// refused: two_columns_share_the_member<.*"_id".*"entry"
// says: bind each member of the row to one column
#include "claim_tables.hpp"

using namespace claims;

struct entry {
  nava::uuid id;
  nava::uuid other;
};
struct entry_table : table<entry, "entry", column<"_id", &entry::id>, column<"other", &entry::id>,
                           primary_key<&entry::id>> {};

constexpr auto tables = database<entry_table>::description.tables;
