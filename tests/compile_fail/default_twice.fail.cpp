// SPDX-License-Identifier: Apache-2.0
// refused: column_has_two_defaults<.*"receipt"
// says: write one default_to<…> for it
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, default_to<&receipt::name, "a">,
                   default_to<&receipt::name, "b">> {};

constexpr auto tables = database<receipt_table>::description.tables;
