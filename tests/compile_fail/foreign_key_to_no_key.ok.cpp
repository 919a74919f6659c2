// SPDX-License-Identifier: Apache-2.0
#include "claim_tables.hpp"

using namespace claims;

struct numbered_table : table<claim, "claim", column<"_id", &claim::id>,
                              column<"number", &claim::number>, column<"title", &claim::title>,
                              primary_key<&claim::id>, unique<"uq_claim_number", &claim::number>> {
};

struct receipt_table : receipt_with<primary_key<&receipt::claim_number>,
                                    cascading_key<&receipt::claim_number, &claim::number>> {};

constexpr auto tables = database<numbered_table, receipt_table>::description.tables;
