// SPDX-License-Identifier: Apache-2.0
// refused: set_null_on_a_column_that_is_not_nullable<.*"fk_receipt_claim_id".*"receipt".*"claim_id"
// says: make the member std::optional, or choose another action
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::set_null, referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
