// SPDX-License-Identifier: Apache-2.0
// refused: two_constraints_of_a_table_share_the_name<.*"ck_entry_marked".*"entry"
// says: CHECKs named ck_{table}_{column} of a table share one namespace; rename one
#include "claim_tables.hpp"

using namespace claims;

struct entry {
  nava::uuid id;
  nava::uuid claim_id;
  bool marked;
};
struct entry_table : table<entry, "entry", column<"_id", &entry::id>,
                           column<"claim_id", &entry::claim_id>, column<"marked", &entry::marked>,
                           primary_key<&entry::id>, index_on<"ix_entry_claim_id", &entry::claim_id>,
                           cascading_key<&entry::claim_id, &claim::id, "ck_entry_marked">> {};

constexpr auto tables = database<claim_table, entry_table>::description.tables;
