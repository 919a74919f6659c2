// SPDX-License-Identifier: Apache-2.0
// refused: identifier_is_not_legal_or_longer_than_63_bytes<.*"Claim".*"Claim"
// says: shorten or rename it
#include "claim_tables.hpp"

using namespace claims;

struct upper_table
    : table<claim, "Claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>> {};

constexpr auto tables = database<upper_table>::description.tables;
