// SPDX-License-Identifier: Apache-2.0
// refused: two_tables_share_the_name<.*"claim"
#include "claim_tables.hpp"

using namespace claims;

struct claim_again_table
    : table<claim, "claim", column<"_id", &claim::id>, unique<"uq_none", &claim::id>> {};

constexpr auto tables = database<claim_table, claim_again_table>::description.tables;
