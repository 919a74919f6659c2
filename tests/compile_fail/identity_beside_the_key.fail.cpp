// SPDX-License-Identifier: Apache-2.0
// refused: identity_is_not_the_primary_key<.*"number".*"claim"
// says: an identity_column<…> is a std::int64_t without a default_to<…>, and alone the primary key
#include "claim_tables.hpp"

using namespace claims;

struct numbered_claim_table
    : table<claim, "claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>,
            identity_column<&claim::number>> {};

constexpr auto tables = database<numbered_claim_table>::description.tables;
