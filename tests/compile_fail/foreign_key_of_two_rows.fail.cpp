// SPDX-License-Identifier: Apache-2.0
// refused: members_belong_to_several_rows<.*"fk_receipt".*"receipt"
// says: belong to one row
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   foreign_key<"fk_receipt", members<&receipt::claim_id, &receipt::claim_number>,
                               members<&claim::id, &receipt::claim_number>,
                               referential_action::cascade, referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
