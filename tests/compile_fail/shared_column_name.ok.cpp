// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct numbered_table
    : table<claim, "numbered", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>> {};

constexpr auto tables = database<numbered_table>::description.tables;
