// SPDX-License-Identifier: Apache-2.0
// refused: PostgreSQL has no such storage parameter of tables, or Nava a word of its own
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    storage<"autovacuum_scale_factor", "0.1">> {};

constexpr auto tables = database<receipt_table>::description.tables;
