// SPDX-License-Identifier: Apache-2.0
// refused: table_has_a_storage_parameter_twice<.*"receipt"
// says: each storage parameter once
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, storage<"parallel_workers", "1">,
                   storage<"parallel_workers", "2">> {};

constexpr auto tables = database<receipt_table>::description.tables;
