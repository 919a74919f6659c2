// SPDX-License-Identifier: Apache-2.0
// refused: sql_expression_is_not_whole<.*"ix_receipt_name".*"receipt"
// says: closes its parentheses and quotes
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                   index_on<"ix_receipt_name", expression("lower(\"name\")) -- ")>> {};

constexpr auto tables = database<receipt_table>::description.tables;
