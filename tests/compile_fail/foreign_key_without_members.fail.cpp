// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_is_not_made_of_members<.*"receipt"
// says: write foreign_key<
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    foreign_key<"", receipt, claim, referential_action::cascade,
                                                referential_action::cascade>> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
