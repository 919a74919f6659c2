// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    check<"ck_receipt_number", "\"claim_number\" > 0">> {};

constexpr auto tables = database<receipt_table>::description.tables;
