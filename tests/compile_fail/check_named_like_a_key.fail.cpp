// SPDX-License-Identifier: Apache-2.0
// refused: two_constraints_of_a_table_share_the_name<.*"pk_receipt".*"receipt"
// says: rename one
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    check<"pk_receipt", "\"claim_number\" > 0">> {};

constexpr auto tables = database<receipt_table>::description.tables;
