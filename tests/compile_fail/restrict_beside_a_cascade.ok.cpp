// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct photo {
  nava::uuid id;
  nava::uuid claim_id;
  nava::uuid receipt_id;
};
struct receipt_table
    : receipt_with<primary_key<&receipt::id>, index_on<"ix_receipt_claim_id", &receipt::claim_id>,
                   cascading_key<&receipt::claim_id, &claim::id>> {};
struct photo_table
    : table<photo, "photo", column<"_id", &photo::id>, column<"claim_id", &photo::claim_id>,
            column<"receipt_id", &photo::receipt_id>, primary_key<&photo::id>,
            index_on<"ix_photo_claim_id", &photo::claim_id>,
            index_on<"ix_photo_receipt_id", &photo::receipt_id>,
            cascading_key<&photo::claim_id, &claim::id>,
            foreign_key<"", members<&photo::receipt_id>, members<&receipt::id>,
                        referential_action::no_action, referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table, photo_table>::description.tables;
