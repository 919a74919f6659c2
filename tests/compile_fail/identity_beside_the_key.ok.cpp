// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct numbered_claim_table
    : table<claim, "claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::number>,
            identity_column<&claim::number>> {};

constexpr auto tables = database<numbered_claim_table>::description.tables;
