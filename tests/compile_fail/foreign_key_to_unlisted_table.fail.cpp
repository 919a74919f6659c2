// SPDX-License-Identifier: Apache-2.0
// refused: foreign_key_target_is_not_a_table_of_this_database<.*"fk_receipt_claim_id".*"receipt"
// says: list the table that the key leads to
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    cascading_key<&receipt::claim_id, &claim::id>> {};

constexpr auto tables = database<receipt_table>::description.tables;
