// SPDX-License-Identifier: Apache-2.0
// refused: fillfactor_is_out_of_range<
// says: from 10 to 100
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, fillfactor<5>> {
};

constexpr auto tables = database<receipt_table>::description.tables;
