// SPDX-License-Identifier: Apache-2.0
// refused: storage_parameter_has_no_plain_value<
// says: PostgreSQL takes a number for this parameter
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table : receipt_with<primary_key<&receipt::claim_id, &receipt::id>,
                                    storage<"vacuum_truncate", "off; DROP">> {};

constexpr auto tables = database<receipt_table>::description.tables;
