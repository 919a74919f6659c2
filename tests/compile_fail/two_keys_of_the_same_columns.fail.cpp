// SPDX-License-Identifier: Apache-2.0
// refused: two_keys_have_the_same_columns<.*"pk_receipt".*"uq_receipt".*"receipt"
// says: keep one of the keys
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    unique<"uq_receipt", &receipt::claim_id, &receipt::id>> {};

constexpr auto tables = database<receipt_table>::description.tables;
