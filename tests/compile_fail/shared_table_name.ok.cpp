// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct claim_again_table
    : table<claim, "claim_again", column<"_id", &claim::id>, primary_key<&claim::id>> {};

constexpr auto tables = database<claim_table, claim_again_table>::description.tables;
