// SPDX-License-Identifier: Apache-2.0
// refused: key_or_index_has_no_columns<
// says: has at least one column
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, unique<"uq_receipt_name">> {};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
