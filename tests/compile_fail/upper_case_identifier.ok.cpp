// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct upper_table
    : table<claim, "claim_2", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>> {};

constexpr auto tables = database<upper_table>::description.tables;
