// SPDX-License-Identifier: Apache-2.0
// refused: a table has each storage parameter once
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, storage<"parallel_workers", "1">,
                   storage<"parallel_workers", "2">> {};

constexpr auto tables = database<receipt_table>::description.tables;
