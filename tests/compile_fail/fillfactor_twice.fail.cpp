// SPDX-License-Identifier: Apache-2.0
// refused: table_has_two_fillfactors<.*"receipt"
// says: one fillfactor
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, fillfactor<80>, fillfactor<70>> {
};

constexpr auto tables = database<claim_table, receipt_table>::description.tables;
