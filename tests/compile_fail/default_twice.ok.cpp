// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct receipt_table
    : receipt_with<primary_key<&receipt::claim_id, &receipt::id>, default_to<&receipt::name, "a">,
                   default_to<&receipt::claim_number, "1">> {};

constexpr auto tables = database<receipt_table>::description.tables;
