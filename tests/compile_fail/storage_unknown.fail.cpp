// SPDX-License-Identifier: Apache-2.0
// refused: storage_parameter_is_none<
// says: no such storage parameter
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    storage<"autovacuum_scale_factor", "0.1">> {};

constexpr auto tables = database<receipt_table>::description.tables;
