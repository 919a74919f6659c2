// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_target_is_not_a_key<.*"fk_receipt_claim_number".*"receipt".*"claim"
// says: leads to the columns of a primary key or a unique constraint
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_number>,
                                    cascading_key<&receipt::claim_number, &claim::number>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
