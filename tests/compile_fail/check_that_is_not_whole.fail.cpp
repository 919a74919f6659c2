// SPDX-License-Identifier: Apache-2.0
// refused: sql_expression_is_not_whole<.*"ck_receipt_name_length".*"receipt"
// says: closes its parentheses and quotes
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    check<"ck_receipt_name_length", "length(\"name\" < 10">> {};

constexpr auto tables = database<receipt_table>::description.tables;
