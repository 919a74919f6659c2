// SPDX-License-Identifier: Apache-2.0
// refused: two_foreign_keys_share_the_constraint_name<.*"fk_claim".*"receipt".*"receipt"
// says: give each foreign key a name of its own
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   cascading_key<&receipt::claim_id, &claim::id, "fk_claim">,
                   index_on<"ix_receipt_id", &receipt::id>,
                   foreign_key<"fk_claim", members<&receipt::id>, members<&claim::id>,
                               referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
