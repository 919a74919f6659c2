// SPDX-License-Identifier: Apache-2.0
// refused: two_foreign_keys_have_the_same_columns<.*"fk_one".*"fk_receipt_claim_id".*"receipt"
// says: keep one of the keys
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   cascading_key<&receipt::claim_id, &claim::id, "fk_one">,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::restrict, referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
