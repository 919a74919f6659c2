// SPDX-License-Identifier: Apache-2.0
// refused: two_foreign_keys_share_the_constraint_name<.*"fk_claim".*"receipt".*"photo"
// says: give each foreign key a name of its own
#include "claim_tables.hpp"

using namespace claims;

struct photo {
  nava::uuid claim_id;
};

struct photo_table
    : table<photo, "photo", column<"claim_id", &photo::claim_id>, primary_key<&photo::claim_id>,
            cascading_key<&photo::claim_id, &claim::id, "fk_claim">> {};

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    cascading_key<&receipt::claim_id, &claim::id, "fk_claim">> {};

constexpr auto tables = database<claim_table, receipt_table, photo_table>::description.tables;
