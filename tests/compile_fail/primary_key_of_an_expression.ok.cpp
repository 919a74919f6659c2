// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct claim_by_title
    : table<claim, "claim", column<"_id", &claim::id>, column<"number", &claim::number>,
            column<"title", &claim::title>, primary_key<&claim::id>,
            index_on<"ix_claim_number", desc(&claim::number)>> {};

constexpr auto tables = database<claim_by_title>::description.tables;
