// SPDX-License-Identifier: Apache-2.0
// refused: primary_key_is_not_made_of_members<.*"claim"
// says: a primary key is made of members alone
#include "claim_tables.hpp"

using namespace claims;

struct claim_by_title
    : table<claim, "claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<desc(&claim::id)>> {};

constexpr auto tables = database<claim_by_title>::description.tables;
