// SPDX-License-Identifier: Apache-2.0
// refused: is_no_option_of_a_foreign_key<.*"receipt"
// says: after its actions a foreign key takes set_null_in
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"", members<&receipt::claim_id>, members<&claim::id>,
                               referential_action::cascade, referential_action::cascade, int>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
