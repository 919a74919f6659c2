// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_target_is_not_a_key<.*"fk_receipt_claim_number".*"receipt".*"claim"
// says: leads to the columns of a primary key or a unique constraint
#include "claim_tables.hpp"

using namespace claims;

struct numbered_table
    : table<claim, "claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>,
            unique_where<"uq_claim_number", "number > 0", &claim::number>> {};

struct receipt_table : receipt_with<primary_key<&receipt::claim_number>,
                                    cascading_key<&receipt::claim_number, &claim::number>> {};

constexpr auto tables = database<numbered_table, receipt_table>::description.tables;
